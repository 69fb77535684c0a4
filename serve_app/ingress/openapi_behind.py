"""What stands behind the models' URLs, in the OpenAPI description."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote

from serve_app.ingress.dialects.base import Dialect
from serve_app.ingress.entry import Entry
from serve_app.ingress.openapi_schemas import Schema, failure, one_input, params_of, replies
from serve_app.ingress.surfaces import BEHIND, GLOBAL, Shown

TAG = "behind a model's URL"
_UNREADY = "The model is loading or has failed to load"


def paths_behind(entry: Entry) -> Iterator[tuple[str, Schema]]:
    """Each path with its one operation."""
    for behind, surface in BEHIND.items():
        path, words = quote(entry.model.path + behind), f"{behind.removeprefix('/')} of {entry.name}"
        if isinstance(surface, Shown):
            yield path, {"get": _page(words)}
        elif surface.dialect is not None and surface.dialect.serves(entry.task):
            yield path, {"post": spoken(entry, surface.dialect, words)}


def paths_of_all(entries: Sequence[Entry]) -> dict[str, Schema]:
    """The paths where the body names the model, each with the first one that is spoken to there as the example."""
    paths: dict[str, Schema] = {}
    for path, surface in GLOBAL.items():
        dialect = surface.dialect
        entry = next((each for each in entries if dialect is not None and dialect.serves(each.task)), None)
        if dialect is not None and entry is not None:
            item = spoken(entry, dialect, path.removeprefix("/"), {"model": entry.name})
            paths[path] = {"post": item | {"tags": ["server"]}}
    return paths


def _page(words: str) -> Schema:
    shown = {"description": words, "content": {"application/json": {"schema": {}}}}
    return {
        "operationId": words.replace(" ", "_"),
        "summary": words,
        "tags": [TAG],
        "responses": {"200": shown, "503": failure(_UNREADY)},
    }


def spoken(entry: Entry, dialect: Dialect, words: str, beside: Mapping[str, str] = MappingProxyType({})) -> Schema:
    schema = dialect.request_schema(entry.task, one_input(entry.task), params_of(entry))
    example = {**dialect.example(entry.task), **beside}
    body: Schema = {"schema": schema, "examples": {dialect.name: {"value": example}}}
    return {
        "operationId": words.replace(" ", "_"),
        "summary": words,
        "tags": [TAG],
        "requestBody": {"required": True, "content": {dialect.media_type: body}},
        "responses": replies(dialect.answers(entry.task), dialect.faults),
    }
