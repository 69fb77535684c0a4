"""The whole ingress in this process: the real app, lanes, executors and engines, and no Ray."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx

from serve_app.config.schema import Model, Server
from serve_app.ingress.directory import Directory, Place
from serve_app.ingress.entry import Entry
from serve_app.ingress.lanes.table import Lanes
from serve_app.ingress.server import build_app
from serve_app.meters import Meters
from serve_app.replica import engines
from serve_app.replica.executors import executor_for
from serve_app.replica.executors.base import Executor
from serve_app.replica.gathering import gathered
from serve_app.replica.stream import events
from serve_app.types import Done, Envelope, Event, Failure, Item

APPLICATION = "serve-app"
SLOW_S = 0.15


def stub(name: str, hf_task: str = "text-classification", **entry: Any) -> Model:
    """An entry that the stub serves."""
    options = {"slow_s": SLOW_S, **entry.pop("engine_options", {})}
    return Model(
        name=name, hf_model_name=f"stub/{name}", hf_task=hf_task, engine="stub", engine_options=options, **entry
    )


MODELS = (
    stub("sentiment", description="Tells moods", tags=("text", "english")),
    stub("vectors", "embeddings"),
    stub("writer", "generation", endpoint="models/writer/generate", hf_generation_kwargs={"max_new_tokens": 8}),
    stub("translator", "seq2seq", endpoint="translate", hf_generation_kwargs={"max_new_tokens": 12}),
)


def deployment(
    status: str = "HEALTHY", running: int = 1, target: int | None = None, message: str = ""
) -> dict[str, Any]:
    """What Serve's status says of a deployment."""
    replicas = [{"state": "RUNNING"}] * running
    target = running if target is None else target
    return {"status": status, "message": message, "target_num_replicas": target, "replicas": replicas}


class InProcess:
    """A lane's transport to an executor of this process, which is made at the first call."""

    def __init__(self, model: Model, status: dict[str, Any]) -> None:
        self._model = model
        self._status = status
        self._executor: Executor | None = None
        self._engine = engines.find(model.engine)()
        self.envelopes: list[Envelope] = []

    def replicas(self) -> int:
        return len(self._status["replicas"])

    async def send(self, envelope: Envelope) -> Sequence[Done | Failure]:
        self.envelopes.append(envelope)
        try:
            return await gathered(self.executor, envelope.items)
        except asyncio.CancelledError:
            for item in envelope.items:
                self.executor.cancel(item.id)
            raise

    async def open(self, item: Item, backlog: int) -> AsyncGenerator[Event, None]:
        async with aclosing(events(self.executor, item)) as told:
            async for event in told:
                yield event

    @property
    def executor(self) -> Executor:
        if self._executor is None:
            entry, engine = Entry(self._model, APPLICATION), self._engine
            kit = engine.load(self._model, entry.task)
            loop = asyncio.get_running_loop()
            task = entry.task.variant(kit.whole_config)
            self._executor = executor_for(task, engine, kit, self._model, loop, lambda: None)
        return self._executor

    async def close(self) -> None:
        if self._executor is not None:
            await asyncio.to_thread(self._executor.close, 5)
            await asyncio.to_thread(self._engine.close)


class Service:
    """The ingress and its client; change `deployments` and `refresh`, and the directory knows."""

    def __init__(self, models: Sequence[Model], server: Server) -> None:
        self.deployments: dict[str, dict[str, Any]] = {model.name: deployment() for model in models}
        self.applications: dict[str, dict[str, Any]] = {
            APPLICATION: {"status": "RUNNING", "message": "", "deployments": self.deployments}
        }
        self.transports: dict[str, InProcess] = {}
        self.meters = Meters()
        self.cards: list[str] = []
        self.directory = Directory([Place(model, APPLICATION) for model in models], lambda: self.applications)
        self.lanes = Lanes(self._connect, server.ingress_replicas)
        self.directory.listeners.append(self.lanes.pump)
        self.app = build_app(self.directory, self.lanes, self._card, server, self.meters)
        transport = httpx.ASGITransport(self.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://test:8000", timeout=10)

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self.client.post(path, json=body, headers=headers)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers)

    async def raw(self, path: str, body: bytes, content_type: str | None = "application/json") -> httpx.Response:
        headers = {} if content_type is None else {"Content-Type": content_type}
        return await self.client.post(path, content=body, headers=headers)

    async def refresh(self, **deployments: dict[str, Any]) -> None:
        self.deployments.update(deployments)
        await self.directory.refresh()

    def _connect(self, entry: Entry) -> InProcess:
        transport = InProcess(entry.model, self.deployments[entry.name])
        self.transports[f"{entry.name}:{len(self.transports)}"] = transport
        return transport

    async def _card(self, entry: Entry) -> dict[str, Any]:
        self.cards.append(entry.name)
        return {
            "dtype": "float32",
            "device": "cpu",
            "revision": "stub",
            "max_input_tokens": 4096,
            "parameters": 7,
            "facts": {"license": "mit", "language": ["en"]},
            "batching": "",
        }


@asynccontextmanager
async def serving(*models: Model, **server: Any) -> AsyncIterator[Service]:
    """A service whose models are ready; by default one of each task."""
    service = Service(models or MODELS, Server(**server))
    await service.directory.refresh()
    async with service.client:
        yield service
    for transport in service.transports.values():
        await transport.close()


def error(reply: httpx.Response) -> tuple[int, str, str, str | None]:
    """Status, kind, words and field of an error, each body having the two words that clients read."""
    body = reply.json()
    assert reply.headers["content-type"] == "application/json"
    assert isinstance(body["error"], str) and body["error"]
    assert isinstance(body["error_type"], str) and body["error_type"]
    return reply.status_code, body["error_type"], body["error"], body.get("field")
