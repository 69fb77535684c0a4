"""The Open Inference Protocol in the OpenAPI description: of the server, and of each model."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from serve_app.ingress.dialects.open_inference.paths import OF_MODELS, OF_SERVER
from serve_app.ingress.entry import Entry
from serve_app.ingress.openapi_behind import spoken
from serve_app.ingress.openapi_schemas import Schema, failure
from serve_app.ingress.surfaces import INFERENCE

TAG = "open inference protocol"
_OF_SERVER = ("what is served, and with which extensions", "whether the server is alive", "whether models serve")

_REFUSALS = (("400", "Not ready"), ("404", "No such model or version"))


def inference_paths(entries: Sequence[Entry]) -> dict[str, Schema]:
    """Each path with its one operation; those of a model are also behind its only version, `/versions/1`."""
    paths = {path: {"get": _page(words)} for path, words in zip(OF_SERVER, _OF_SERVER, strict=True)}
    return paths | {path: item for entry in entries for path, item in _of(entry)}


def _of(entry: Entry) -> Iterator[tuple[str, Schema]]:
    path = quote(OF_MODELS + entry.name)
    yield path, {"get": _page(f"tensors of {entry.name}")}
    yield f"{path}/ready", {"get": _page(f"readiness of {entry.name}")}
    yield f"{path}/infer", {"post": spoken(entry, INFERENCE, f"inference by {entry.name}") | {"tags": [TAG]}}


def _page(words: str) -> Schema:
    shown = {"description": words, "content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "operationId": words.replace(" ", "_").replace(",", ""),
        "summary": words,
        "tags": [TAG],
        "responses": {"200": shown} | {status: failure(no, INFERENCE.faults) for status, no in _REFUSALS},
    }
