"""The ASGI app of the ingress: its routes, its middleware and its error table, as literal lists."""

from collections.abc import Awaitable, Callable, Sequence

from starlette._utils import get_route_path
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from serve_app.config.schema import Server
from serve_app.errors import AppError, MethodNotAllowed, NotFound
from serve_app.ingress.answering import Answering
from serve_app.ingress.directory import Directory, nearest
from serve_app.ingress.lanes.table import Lanes
from serve_app.ingress.middleware import LastResort, RequestIds
from serve_app.ingress.pages import Cards, Pages
from serve_app.ingress.replies import error_reply
from serve_app.meters import Meters
from serve_app.refusals import brief

ANY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
"""A model that does not exist is a 404 by whatever method it is asked for."""


def build_app(directory: Directory, lanes: Lanes, cards: Cards, server: Server, meters: Meters) -> ASGIApp:
    """The whole HTTP surface of one ingress process."""
    pages = Pages(directory, cards, server)
    routes = [
        Route("/", pages.index),
        Route("/health", pages.health),
        Route("/ready", pages.ready),
        Route("/models", pages.models),
        Route("/models/{name:path}", pages.model, methods=ANY),
        Route("/registry/models", pages.registry),
        Route("/openapi.json", pages.openapi),
        Route("/docs", pages.docs),
    ]
    app = Starlette(
        routes=[ModelRoute(directory, Answering(directory, lanes, server, meters)), *routes],
        middleware=[
            Middleware(RequestIds, log=server.debug),
            *([_cors(server)] if server.allow_origins else []),
            Middleware(LastResort, meters=meters),
        ],
        exception_handlers={AppError: _app_error, 405: _wrong_method},
    )
    app.router.redirect_slashes = False
    app.router.default = _not_found(directory, [route.path_format for route in routes])
    return app


class ModelRoute(BaseRoute):
    """Every model's URL in one look-up, however many models there are."""

    def __init__(self, directory: Directory, answering: Answering) -> None:
        self._directory = directory
        self._answering = answering

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        path = get_route_path(scope)
        entry = self._directory.at(path)
        if entry is None:
            return Match.NONE, {}
        if scope["method"] == "POST":
            return Match.FULL, {"entry": entry}
        # `/models/NAME` is the page of the model's state as well, and that has a route of its own.
        paged = path.rstrip("/") == f"/models/{entry.name}"
        if paged and scope["method"] in ("GET", "HEAD"):
            return Match.NONE, {}
        return Match.FULL, {"allow": "GET, HEAD, POST" if paged else "POST"}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            raise HTTPException(405, headers={"Allow": scope["allow"]})
        reply = await self._answering.reply(scope["entry"], scope, receive)
        await reply(scope, receive, send)


def _cors(server: Server) -> Middleware:
    return Middleware(
        CORSMiddleware,
        allow_origins=server.allow_origins,
        allow_credentials=server.allow_credentials and "*" not in server.allow_origins,
        allow_methods=server.allow_methods,
        allow_headers=server.allow_headers,
        expose_headers=["x-request-id"],
    )


def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    return error_reply(error)


def _wrong_method(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = error.headers or {}
    reply = error_reply(MethodNotAllowed(f"{brief(request.method)} is not allowed here; use {headers['Allow']}"))
    reply.headers.update(headers)
    return reply


def _not_found(directory: Directory, pages: Sequence[str]) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            return await WebSocketClose()(scope, receive, send)
        path = get_route_path(scope)
        known = nearest(path, [*directory.paths(), *pages])
        await error_reply(NotFound(f'nothing is at "{brief(path)}"; {known}'))(scope, receive, send)

    return not_found
