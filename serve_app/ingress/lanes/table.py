"""The lanes of an ingress: one for each model and verb, made when it is first needed."""

from collections.abc import Callable, Container

from serve_app.ingress.entry import Entry
from serve_app.ingress.lanes.calls import CallLane
from serve_app.ingress.lanes.envelopes import EnvelopeLane
from serve_app.ingress.lanes.lane import Lane, LaneLimits
from serve_app.ingress.lanes.transport import Transport
from serve_app.types import Verb

Key = tuple[str, Verb]


class Lanes:
    """Finds a model's lane; a model whose entry changed gets new ones, and the old ones run empty."""

    def __init__(self, connect: Callable[[Entry], Transport], ingress_replicas: int) -> None:
        self._connect = connect
        self._ingress_replicas = ingress_replicas
        self._lanes: dict[Key, tuple[Entry, Lane]] = {}

    def of(self, entry: Entry, verb: Verb) -> Lane:
        known = self._lanes.get((entry.name, verb))
        if known is None or known[0] is not entry:
            known = self._lanes[entry.name, verb] = (entry, self._make(entry, verb))
        return known[1]

    def keep(self, names: Container[str]) -> None:
        """Forget the lanes of models that are gone; what is on its way in them runs on."""
        self._lanes = {key: lane for key, lane in self._lanes.items() if key[0] in names}

    def pump(self) -> None:
        """Replicas may have come or gone."""
        for _, lane in self._lanes.values():
            lane.pump()

    def backlogs(self) -> dict[str, int]:
        """Items that wait, by model."""
        waiting: dict[str, int] = {}
        for (name, _), (_, lane) in self._lanes.items():
            waiting[name] = waiting.get(name, 0) + lane.backlog
        return waiting

    def _make(self, entry: Entry, verb: Verb) -> Lane:
        limits = LaneLimits(
            max_queued=max(entry.model.limits.max_queued_requests // self._ingress_replicas, 1),
            max_batch_size=entry.model.batching.max_batch_size,
        )
        kind = EnvelopeLane if verb == "predict" and entry.task.executor == "row" else CallLane
        return kind(entry.name, self._connect(entry), limits)
