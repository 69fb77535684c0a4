"""The ingress as a Ray Serve deployment: it brings the ASGI app together with Serve's handles and status."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import ray
from ray import serve
from ray.exceptions import ActorDiedError, ActorUnavailableError, RayActorError, RayError
from ray.serve.context import _get_global_client
from ray.serve.exceptions import DeploymentUnavailableError, RayServeException, RequestCancelledError
from ray.serve.handle import DeploymentHandle
from ray.serve.metrics import Counter, Gauge
from starlette.types import ASGIApp

from serve_app.collector import calm_collector
from serve_app.config.schema import Model, Server
from serve_app.errors import NotReady
from serve_app.ingress.directory import Directory, Place
from serve_app.ingress.entry import Entry
from serve_app.ingress.lanes.table import Lanes
from serve_app.ingress.lanes.transport import ReplicaLost
from serve_app.ingress.server import build_app
from serve_app.meters import EXPORT_S, Meters
from serve_app.precedence import go_first
from serve_app.types import Ends, Envelope, Event, Item, seal, unseal

STATUS_S = 10.0
logger = logging.getLogger("ray.serve")
LOST = (RayActorError, ActorDiedError, ActorUnavailableError, RequestCancelledError, ConnectionError)


class HandleTransport:
    """A lane's way to the replicas of one model: Serve's handle."""

    def __init__(self, entry: Entry, directory: Directory, meters: Meters) -> None:
        self._name = entry.name
        self._directory = directory
        self._meters = meters
        handle: DeploymentHandle[Any] = serve.get_deployment_handle(entry.name, entry.application)
        self._ingress = serve.get_replica_context().replica_id.unique_id
        # Naming a method makes a new handle each time: once is enough.
        self._envelope = handle.envelope
        self._events = handle.options(stream=True).events

    def replicas(self) -> int:
        return self._directory.status(self._name).replicas

    async def send(self, envelope: Envelope) -> Ends:
        self._meters.add("serve_app_envelopes_total", 1, self._name)
        response = self._envelope.remote(seal(envelope), self._ingress)
        with self._losses(response):
            ends: Ends = unseal(await response)
            return ends

    async def open(self, item: Item, backlog: int) -> AsyncGenerator[Event, None]:
        self._meters.add("serve_app_envelopes_total", 1, self._name)
        response = self._events.remote(item, backlog, self._ingress)
        with self._losses(response):
            async for event in response:
                yield event

    @contextlib.contextmanager
    def _losses(self, response: Any) -> Any:
        try:
            yield
        except (asyncio.CancelledError, GeneratorExit):
            response.cancel()
            raise
        except DeploymentUnavailableError:
            reason = self._directory.status(self._name).reason
            raise NotReady(
                f'model "{self._name}" does not serve: {reason or "it failed to deploy"}', None, 30.0
            ) from None
        except LOST as error:
            raise ReplicaLost(type(error).__name__) from None


@serve.ingress()
class IngressDeployment:
    """One light process in front of all models; several of them share nothing."""

    def __init__(self, server: Server, models: Sequence[Model], bound: Sequence[Any]) -> None:
        # `bound` are the deployments of `models`: standing here is what makes them part of this graph.
        go_first()
        calm_collector()
        self._server = server
        application = serve.get_replica_context().app_name
        self._meters = Meters()
        controller = _get_global_client()._controller
        places = [Place(model, application) for model in models]
        # As the client's `get_serve_details`, but not for ever: a controller that hangs must not end the following.
        self._directory = Directory(
            places,
            lambda: ray.get(controller.get_serve_instance_details.remote(), timeout=STATUS_S)["applications"],
        )
        self._lanes = Lanes(self._connect, server.ingress_replicas)
        self._directory.listeners.append(self._follow)
        self._cards: dict[str, tuple[Entry, Mapping[str, Any]]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def __serve_build_asgi_app__(self) -> ASGIApp:
        loop = asyncio.get_event_loop()
        self._tasks = [loop.create_task(self._directory.follow()), loop.create_task(self._export())]
        return build_app(self._directory, self._lanes, self._card, self._server, self._meters)

    def _follow(self) -> None:
        """Models may have gone, and replicas come."""
        names = {entry.name for entry in self._directory.entries()}
        self._cards = {name: card for name, card in self._cards.items() if name in names}
        self._lanes.keep(names)
        self._lanes.pump()

    def _connect(self, entry: Entry) -> HandleTransport:
        return HandleTransport(entry, self._directory, self._meters)

    async def _card(self, entry: Entry) -> Mapping[str, Any]:
        """What a replica knows of its model; asked once, and only while one runs, so that no sleeper is woken."""
        known = self._cards.get(entry.name)
        if known is None or known[0] is not entry:
            handle = serve.get_deployment_handle(entry.name, entry.application)
            with contextlib.suppress(RayError, RayServeException, TimeoutError):
                async with asyncio.timeout(2):
                    known = self._cards[entry.name] = (entry, await handle.card.remote())
        return known[1] if known else {}

    async def _export(self) -> None:
        while True:
            await asyncio.sleep(EXPORT_S)
            try:
                for name, waiting in self._lanes.backlogs().items():
                    self._meters.level("serve_app_queued_items", waiting, name)
                self._meters.export(Counter, Gauge)
            except Exception:
                logger.exception("the metrics of this second are lost")
