"""The pages beside the models: what is served, how it fares, and how to call it."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from serve_app import __version__
from serve_app.config.schema import Server
from serve_app.errors import NotReady
from serve_app.ingress.directory import Directory, all_serve, settled
from serve_app.ingress.entry import Entry
from serve_app.ingress.openapi import describe
from serve_app.ingress.replies import error_reply, json_reply
from serve_app.ingress.site import Cards
from serve_app.ingress.status import READY


class Pages:
    """Every GET of the ingress."""

    def __init__(self, directory: Directory, cards: Cards, server: Server, under_way: Callable[[], int]) -> None:
        self._directory = directory
        self._cards = cards
        self._server = server
        self._under_way = under_way
        self._docs = (files("serve_app.ingress") / "static" / "docs.html").read_text("utf-8")

    async def index(self, request: Request) -> Response:
        links = {name: _url(request, f"/{name}") for name in ("health", "ready", "models", "openapi.json", "docs")}
        return json_reply(
            {
                "name": "serve-app",
                "version": __version__,
                "under_way": self._under_way(),
                "models": self._list(request),
                "links": links,
            }
        )

    async def health(self, request: Request) -> Response:
        return json_reply({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        strict = request.query_params.get("all", "").lower() in ("1", "true")
        good = all_serve(self._directory) if strict else settled(self._directory)
        states = {entry.name: _state(self._directory, entry) for entry in self._directory.entries()}
        if good:
            return json_reply({"ready": True, "models": states})
        found = ", ".join(f"{name} is {state['state']}" for name, state in states.items())
        error = NotReady(f"not ready: {found or 'there are no models'}", retry_after_s=1.0)
        return error_reply(error, ready=False, models=states)

    async def models(self, request: Request) -> Response:
        return json_reply(self._list(request))

    async def model(self, request: Request) -> Response:
        name = request.path_params["name"].rstrip("/")
        if not name:
            if request.method not in ("GET", "HEAD"):
                raise HTTPException(405, headers={"Allow": "GET, HEAD"})
            return await self.models(request)
        entry = self._directory.find(name)
        status = self._directory.status(entry.name)
        card = await self._cards(entry) if status.state == READY else {}
        model = entry.model
        return json_reply(
            self._line(request, entry)
            | {
                "reason": status.reason,
                "replicas": {"running": status.replicas, "target": status.target_replicas},
                "description": model.description,
                "tags": model.tags,
                "hf_model_name": model.hf_model_name,
                "engine": model.engine,
                "dtype": card.get("dtype"),
                "device": card.get("device", model.hf_device),
                "revision": card.get("revision") or model.hf_model_kwargs.get("revision"),
                "parameters": card.get("parameters"),
                "license": card.get("facts", {}).get("license"),
                "card": card.get("facts", {}),
                "writes": card.get("batching") or None,
                "limits": model.limits.model_dump() | _known(card, "max_input_tokens", "cache_tokens"),
                "batching": model.batching.model_dump(),
            }
        )

    async def registry(self, request: Request) -> Response:
        fields = ("name", "description", "tags")
        return json_reply(
            [
                {field: getattr(entry.model, field) for field in fields} | {"endpoint": entry.model.path}
                for entry in self._directory.entries()
            ]
        )

    async def openapi(self, request: Request) -> Response:
        return json_reply(describe(self._directory.entries(), self._server, _url(request, "")))

    async def docs(self, request: Request) -> Response:
        return HTMLResponse(self._docs)

    def _list(self, request: Request) -> list[dict[str, Any]]:
        return [self._line(request, entry) for entry in self._directory.entries()]

    def _line(self, request: Request, entry: Entry) -> dict[str, Any]:
        return {
            "name": entry.name,
            "task": entry.task.name,
            "endpoint": entry.model.path,
            "url": _url(request, entry.model.path),
            "state": self._directory.status(entry.name).state,
        }


def _state(directory: Directory, entry: Entry) -> dict[str, str]:
    status = directory.status(entry.name)
    return {"state": status.state} | ({"reason": status.reason} if status.reason else {})


def _known(card: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: card[name] for name in names if card.get(name)}


def _url(request: Request, path: str) -> str:
    return str(request.base_url).rstrip("/") + quote(path)
