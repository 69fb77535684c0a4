"""The ASGI app of the ingress: its routes, its middleware and its error table, as literal lists."""

from collections.abc import Awaitable, Callable, Sequence

from starlette._utils import get_route_path
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
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
    answering = Answering(directory, lanes, server, meters)
    pages = Pages(directory, cards, server, lambda: answering.under_way)
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
    middleware = [
        Middleware(RequestIds, log=server.debug),
        *([_cors(server)] if server.allow_origins else []),
        Middleware(LastResort, meters=meters),
        Middleware(ModelUrls, directory=directory, answering=answering),
    ]
    pages_app = Starlette(routes=routes, exception_handlers={AppError: _app_error, 405: _wrong_method})
    pages_app.router.redirect_slashes = False
    pages_app.router.default = _not_found(directory, [route.path_format for route in routes])
    # Around the app and not in it: a model's request need not pass what Starlette does for routes, nor Serve's own
    # look through them for a name.
    app: ASGIApp = pages_app
    for cls, args, kwargs in reversed(middleware):
        app = cls(app, *args, **kwargs)
    return app


class ModelUrls:
    """Answers at every model's URL: one look-up however many models there are, before any route is tried."""

    def __init__(self, app: ASGIApp, directory: Directory, answering: Answering) -> None:
        self._app = app
        self._directory = directory
        self._answering = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = get_route_path(scope)
        entry = self._directory.at(path)
        # `/models/NAME` is the page of the model's state as well, and that has a route of its own.
        paged = entry is not None and path.rstrip("/") == f"/models/{entry.name}"
        if entry is None or (paged and scope["method"] in ("GET", "HEAD")):
            return await self._app(scope, receive, send)
        if scope["method"] == "POST":
            reply = await self._answering.reply(entry, scope, receive)
        else:
            reply = wrong_method(scope["method"], "GET, HEAD, POST" if paged else "POST")
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
    return wrong_method(request.method, (error.headers or {})["Allow"])


def wrong_method(method: str, allowed: str) -> Response:
    reply = error_reply(MethodNotAllowed(f"{brief(method)} is not allowed here; use {allowed}"))
    reply.headers["Allow"] = allowed
    return reply


def _not_found(directory: Directory, pages: Sequence[str]) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            return await WebSocketClose()(scope, receive, send)
        path = get_route_path(scope)
        known = nearest(path, [*directory.paths(), *pages])
        await error_reply(NotFound(f'nothing is at "{brief(path)}"; {known}'))(scope, receive, send)

    return not_found
