"""The ASGI app of the ingress: its routes, its middleware and its error table, as literal lists."""

import time
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
from serve_app.ingress.dialects.base import Dialect
from serve_app.ingress.dialects.open_inference.pages import ServerPages
from serve_app.ingress.dialects.openai import responses_stored
from serve_app.ingress.dialects.openai.models import Listing
from serve_app.ingress.directory import MODELS, Directory, nearest
from serve_app.ingress.entry import Entry
from serve_app.ingress.lanes.table import Lanes
from serve_app.ingress.middleware import LastResort, RequestIds
from serve_app.ingress.pages import Pages
from serve_app.ingress.replies import error_reply, fault_reply
from serve_app.ingress.site import Cards, Site
from serve_app.ingress.surfaces import GLOBAL, MARKED, Found, Page, Shown, Spoken, found_at, told_at
from serve_app.ingress.visits import Visit
from serve_app.meters import Meters
from serve_app.refusals import brief

ANY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
"""A model that does not exist is a 404 by whatever method it is asked for."""
GETS = ("GET", "HEAD")


def build_app(directory: Directory, lanes: Lanes, cards: Cards, server: Server, meters: Meters) -> ASGIApp:
    """The whole HTTP surface of one ingress process."""
    answering = Answering(directory, lanes, server, meters)
    site = Site(directory, cards, server, int(time.time()))
    pages = Pages(directory, cards, server, lambda: answering.under_way)
    listing = Listing(site)
    inference = ServerPages(site)
    routes = [
        Route("/", pages.index),
        Route("/health", pages.health),
        Route("/ready", pages.ready),
        Route("/models", pages.models),
        Route("/models/{name:path}", pages.model, methods=ANY),
        Route("/registry/models", pages.registry),
        Route("/v1/models", listing.every),
        Route("/v1/models/{id:path}", listing.one),
        Route("/v1/responses/{id:path}", responses_stored.nothing, methods=ANY),
        Route("/v2", inference.server),
        Route("/v2/health/live", inference.live),
        Route("/v2/health/ready", inference.ready),
        Route("/openapi.json", pages.openapi),
        Route("/docs", pages.docs),
    ]
    middleware = [
        Middleware(RequestIds, log=server.debug),
        *([_cors(server)] if server.allow_origins else []),
        Middleware(LastResort, meters=meters),
        Middleware(ModelUrls, site=site, answering=answering, meters=meters),
    ]
    pages_app = Starlette(routes=routes, exception_handlers={AppError: _app_error, 405: _wrong_method})
    pages_app.router.redirect_slashes = False
    pages_app.router.default = _not_found(directory, [*GLOBAL, *(route.path_format for route in routes)])
    # Around the app and not in it: a model's request need not pass what Starlette does for routes, nor Serve's own
    # look through them for a name.
    app: ASGIApp = pages_app
    for cls, args, kwargs in reversed(middleware):
        app = cls(app, *args, **kwargs)
    return app


class ModelUrls:
    """Answers at every model's URL and behind it: one look-up for most, before any route is tried."""

    def __init__(self, app: ASGIApp, site: Site, answering: Answering, meters: Meters) -> None:
        self._app = app
        self._site = site
        self._answering = answering
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path, method = get_route_path(scope), scope["method"]
        try:
            found = found_at(path, self._site.directory)
        except AppError as error:
            return await _told(error, told_at(path))(scope, receive, send)
        match found:
            # `/models/NAME` is the page of the model's state as well, and that has a route of its own.
            case Found(surface, entry) if surface is MARKED and _paged(path, entry) and method in GETS:
                await self._app(scope, receive, send)
            case Found(Spoken(dialect), entry) if method == "POST":
                await self._answering.answer(Visit(self._meters, dialect, entry), scope, receive, send)
            case Found(Spoken(dialect), entry):
                allowed = "GET, HEAD, POST" if dialect is None and _paged(path, entry) else "POST"
                await wrong_method(method, allowed, dialect)(scope, receive, send)
            case Found(Shown(page), Entry() as entry):
                wrong = None if method in GETS else wrong_method(method, "GET, HEAD", told_at(path))
                await (wrong or await self._shown(page, entry))(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _shown(self, page: Page, entry: Entry) -> Response:
        try:
            return await page(self._site, entry)
        except AppError as error:
            return error_reply(error)


def _paged(path: str, entry: Entry | None) -> bool:
    return entry is not None and path.rstrip("/") in {MODELS + name for name in (entry.name, entry.model.hf_model_name)}


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
    return _told(error, told_at(get_route_path(request.scope)))


def _wrong_method(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return wrong_method(request.method, (error.headers or {})["Allow"], told_at(get_route_path(request.scope)))


def wrong_method(method: str, allowed: str, dialect: Dialect | None = None) -> Response:
    error = MethodNotAllowed(f"{brief(method)} is not allowed here; use {allowed}")
    reply = _told(error, dialect)
    reply.headers["Allow"] = allowed
    return reply


def _told(error: AppError, dialect: Dialect | None) -> Response:
    return fault_reply(error, *dialect.fault(error)) if dialect else error_reply(error)


def _not_found(directory: Directory, pages: Sequence[str]) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            return await WebSocketClose()(scope, receive, send)
        path = get_route_path(scope)
        known = nearest(path, [*directory.paths(), *pages])
        error = NotFound(f'nothing is at "{brief(path)}"; {known}')
        await _told(error, told_at(path))(scope, receive, send)

    return not_found
