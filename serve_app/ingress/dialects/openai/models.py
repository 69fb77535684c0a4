"""`/v1/models`: what there is, as OpenAI's clients list it, and one of them by its id."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from serve_app.errors import NotFound
from serve_app.ingress.dialects.openai.errors import fault
from serve_app.ingress.directory import nearest
from serve_app.ingress.entry import Entry
from serve_app.ingress.naming import FIELD
from serve_app.ingress.replies import fault_reply, json_reply
from serve_app.ingress.site import Site
from serve_app.refusals import brief

OWNER = "serve-app"


class Listing:
    """The pages of the whole server."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def every(self, request: Request) -> Response:
        return _list(self._site, self._site.directory.entries())

    async def one(self, request: Request) -> Response:
        return _found(self._site, self._site.directory.entries(), request.path_params["id"])


async def own(site: Site, entry: Entry) -> Response:
    """The list behind a model's own URL: that one, and its adapters."""
    return _list(site, [entry])


async def own_by_id(site: Site, entry: Entry, id: str) -> Response:
    return _found(site, [entry], id)


def _list(site: Site, entries: Sequence[Entry]) -> Response:
    data = [_line(site, f"{entry.name}{adapter}") for entry in entries for adapter in _adapters(entry)]
    return json_reply({"object": "list", "data": data})


def _found(site: Site, entries: Sequence[Entry], id: str) -> Response:
    """By the same names as a body may call it."""
    for names in ([entry.name for entry in entries], [entry.model.hf_model_name for entry in entries]):
        for name, entry in zip(names, entries, strict=True):
            for adapter in _adapters(entry):
                if id == f"{name}{adapter}":
                    return json_reply(_line(site, f"{entry.name}{adapter}"))
    known = [f"{entry.name}{adapter}" for entry in entries for adapter in _adapters(entry)]
    error = NotFound(f'there is no model "{brief(id)}"; {nearest(id, known)}', FIELD)
    return fault_reply(error, *fault(error))


def _adapters(entry: Entry) -> list[str]:
    """What may stand behind the model's name."""
    return ["", *(f":{adapter}" for adapter in entry.model.adapters)]


def _line(site: Site, id: str) -> dict[str, Any]:
    return {"id": id, "object": "model", "created": site.began, "owned_by": OWNER}
