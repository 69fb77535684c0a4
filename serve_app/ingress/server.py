"""The ASGI app of the ingress: its routes, its middleware and its error table, as literal lists."""

from collections.abc import Awaitable, Callable

from starlette._utils import get_route_path
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from serve_app.config.schema import Server
from serve_app.errors import AppError, MethodNotAllowed, NotFound
from serve_app.ingress.answering import Answering
from serve_app.ingress.directory import Directory
from serve_app.ingress.lanes.table import Lanes
from serve_app.ingress.middleware import LastResort, RequestIds
from serve_app.ingress.pages import Cards, Pages
from serve_app.ingress.replies import error_reply
from serve_app.meters import Meters


def build_app(directory: Directory, lanes: Lanes, cards: Cards, server: Server, meters: Meters) -> ASGIApp:
    """The whole HTTP surface of one ingress process."""
    pages = Pages(directory, cards)
    app = Starlette(
        routes=[
            ModelRoute(directory, Answering(directory, lanes, server, meters)),
            Route("/", pages.index),
            Route("/health", pages.health),
            Route("/ready", pages.ready),
            Route("/models", pages.models),
            Route("/models/{name:path}", pages.model),
            Route("/registry/models", pages.registry),
            Route("/openapi.json", pages.openapi),
            Route("/docs", pages.docs),
        ],
        middleware=[
            Middleware(RequestIds, log=server.debug),
            Middleware(LastResort, meters=meters),
            *([_cors(server)] if server.allow_origins else []),
        ],
        exception_handlers={AppError: _app_error, HTTPException: _http_error},
    )
    app.router.redirect_slashes = False
    app.router.default = _not_found(directory)
    return app


class ModelRoute(BaseRoute):
    """Every model's URL in one look-up, however many models there are."""

    def __init__(self, directory: Directory, answering: Answering) -> None:
        self._directory = directory
        self._answering = answering

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        entry = self._directory.at(get_route_path(scope))
        if entry is None:
            return Match.NONE, {}
        return Match.FULL if scope["method"] == "POST" else Match.PARTIAL, {"entry": entry}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            raise HTTPException(405, headers={"Allow": "POST"})
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


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    allowed = (error.headers or {}).get("Allow", "")
    reply = error_reply(MethodNotAllowed(f"{request.method} is not allowed here; use {allowed}"))
    reply.headers.update(error.headers or {})
    return reply


def _not_found(directory: Directory) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = get_route_path(scope)
            await error_reply(NotFound(f'nothing is at "{path[:200]}"; {directory.nearest(path)}'))(
                scope, receive, send
            )

    return not_found
