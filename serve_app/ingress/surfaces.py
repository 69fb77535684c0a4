"""What stands behind a model's own URL, and on the paths of the whole server whose bodies name the model."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from starlette.responses import Response

from serve_app.ingress import model_pages
from serve_app.ingress.dialects.base import Dialect
from serve_app.ingress.dialects.open_inference import pages as inference_pages
from serve_app.ingress.dialects.open_inference.infer import Infer
from serve_app.ingress.dialects.open_inference.paths import INFER, METADATA, OF_MODELS, READY, asked_at, is_protocol
from serve_app.ingress.dialects.openai import models, responses_stored
from serve_app.ingress.dialects.openai.chat import Chat
from serve_app.ingress.dialects.openai.completions import Completions
from serve_app.ingress.dialects.openai.embeddings import Embeddings
from serve_app.ingress.dialects.openai.images import Images
from serve_app.ingress.dialects.openai.rerank import Rerank
from serve_app.ingress.dialects.openai.responses import Responses
from serve_app.ingress.dialects.openai.speech import Speech
from serve_app.ingress.dialects.openai.transcriptions import Transcriptions, Translations
from serve_app.ingress.dialects.tgi import Generate, GenerateStream
from serve_app.ingress.directory import Directory
from serve_app.ingress.entry import Entry
from serve_app.ingress.pipelines import pipeline_at
from serve_app.ingress.site import Site

Page = Callable[[Site, Entry], Awaitable[Response]]
NamedPage = Callable[[Site, Entry, str], Awaitable[Response]]


class Spoken(NamedTuple):
    """A path to POST to; without a dialect the body tells which one it is in."""

    dialect: Dialect | None = None


class Shown(NamedTuple):
    """A path to GET."""

    page: Page


Surface = Spoken | Shown

MARKED = Spoken()
CHAT, RERANK = Spoken(Chat()), Spoken(Rerank())
GLOBAL: Mapping[str, Spoken] = {
    "/v1/chat/completions": CHAT,
    "/v1/completions": Spoken(Completions()),
    "/v1/responses": Spoken(Responses()),
    "/v1/embeddings": Spoken(Embeddings()),
    "/v1/audio/transcriptions": Spoken(Transcriptions()),
    "/v1/audio/translations": Spoken(Translations()),
    "/v1/audio/speech": Spoken(Speech()),
    "/v1/images/generations": Spoken(Images()),
    "/rerank": RERANK,
    "/v1/rerank": RERANK,
    "/v2/rerank": RERANK,
}
"""Of the whole server: the body's `model` names the entry."""
BEHIND: Mapping[str, Surface] = {
    "/generate": Spoken(Generate()),
    "/generate_stream": Spoken(GenerateStream()),
    **GLOBAL,
    "/v1/models": Shown(models.own),
    "/info": Shown(model_pages.info),
    "/health": Shown(model_pages.health),
}
"""Behind every model's URL; what a model has as its own URL goes before it."""
NAMED: Mapping[str, NamedPage] = {"/v1/models/": models.own_by_id, "/v1/responses/": responses_stored.nothing_of}
"""The same, but for the name at the end of the path."""
INFERENCE = Infer()
OF_NAMED: Mapping[str, Surface] = {
    METADATA: Shown(inference_pages.described),
    READY: Shown(inference_pages.ready),
    INFER: Spoken(INFERENCE),
}
"""Of the Open Inference Protocol: behind `/v2/models/` and the model's name."""
VERSION = "/v1"


class Found(NamedTuple):
    """What a path leads to; without an entry the body names it."""

    surface: Surface
    entry: Entry | None = None


def found_at(path: str, directory: Directory) -> Found | None:
    """One look-up for a model's own URL, and some more for what stands behind it and for the paths of the hub."""
    if (entry := directory.at(path)) is not None:
        return Found(MARKED, entry)
    if path.startswith(OF_MODELS):
        asked = asked_at(path, directory)
        return Found(OF_NAMED[asked.verb], asked.entry)
    path = path.rstrip("/")
    for behind, surface in BEHIND.items():
        if not path.endswith(behind) or (entry := _before(behind, path.removesuffix(behind), directory)) is None:
            continue
        if isinstance(surface, Shown) or surface.dialect is None or surface.dialect.serves(entry.task):
            return Found(surface, entry)
    for behind, page in NAMED.items():
        before, found, name = path.partition(behind)
        if found and (entry := _before(behind, before, directory)) is not None:
            return Found(Shown(_named(page, name)), entry)
    if path in GLOBAL:
        return Found(GLOBAL[path])
    entry = pipeline_at(path, directory)
    return Found(MARKED, entry) if entry is not None else None


def _named(page: NamedPage, name: str) -> Page:
    async def shown(site: Site, entry: Entry) -> Response:
        return await page(site, entry, name)

    return shown


def _before(behind: str, path: str, directory: Directory) -> Entry | None:
    """The model in front of this; a URL that ends with the version already does not get it twice."""
    entry = directory.at(path)
    return directory.at(path + VERSION) if entry is None and behind.startswith(VERSION) else entry


def told_at(path: str) -> Dialect | None:
    """In whose words an error is told at a path that leads nowhere."""
    if is_protocol(path):
        return INFERENCE
    return CHAT.dialect if VERSION.strip("/") in path.split("/") else None
