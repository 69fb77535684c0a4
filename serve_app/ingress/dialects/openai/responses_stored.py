"""`/v1/responses/{id}` and what stands behind it: nothing is stored, so nothing is there."""

from starlette.requests import Request
from starlette.responses import Response

from serve_app.errors import NotFound
from serve_app.ingress.dialects.openai.errors import fault
from serve_app.ingress.entry import Entry
from serve_app.ingress.replies import fault_reply
from serve_app.ingress.site import Site


async def nothing(request: Request) -> Response:
    """On the path of the whole server."""
    return _nothing()


async def nothing_of(site: Site, entry: Entry, id: str) -> Response:
    """Behind a model's own URL."""
    return _nothing()


def _nothing() -> Response:
    error = NotFound("responses are not stored here, so there is none to ask for, to cancel or to delete", "id")
    return fault_reply(error, *fault(error))
