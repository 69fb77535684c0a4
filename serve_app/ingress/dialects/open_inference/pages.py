"""What the protocol's GETs tell: of the server, and of each model."""

from starlette.requests import Request
from starlette.responses import Response

from serve_app import __version__
from serve_app.ingress.dialects.open_inference.metadata import metadata
from serve_app.ingress.directory import settled
from serve_app.ingress.entry import Entry
from serve_app.ingress.replies import json_reply
from serve_app.ingress.site import Site

EXTENSIONS = ("binary_tensor_data", "parameters")
NO = 400
"""To a question of health the protocol's no is a 4xx."""


class ServerPages:
    """Of the whole server."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def server(self, request: Request) -> Response:
        return json_reply({"name": "serve-app", "version": __version__, "extensions": EXTENSIONS})

    async def live(self, request: Request) -> Response:
        return json_reply({"live": True})

    async def ready(self, request: Request) -> Response:
        """As `/ready`: every model has come to rest, and at least one serves."""
        if settled(self._site.directory):
            return json_reply({"ready": True})
        return json_reply({"ready": False, "error": "models are loading, or none serves; /ready says which"}, NO)


async def described(site: Site, entry: Entry) -> Response:
    return json_reply(metadata(entry))


async def ready(site: Site, entry: Entry) -> Response:
    """Whether the model takes calls; one that sleeps does, and is not woken for this."""
    status = site.directory.status(entry.name)
    told = {"name": entry.name, "ready": status.takes_calls}
    if status.takes_calls:
        return json_reply(told)
    return json_reply({**told, "error": f'model "{entry.name}" is {status.state}: {status.reason}'}, NO)
