"""The lane of short verbs: concurrent items travel together, because the hop costs the same for one or for forty."""

import asyncio
from collections.abc import Sequence

from serve_app.errors import AppError, Internal, NotReady
from serve_app.ingress.lanes.lane import Lane, LaneLimits
from serve_app.ingress.lanes.transport import ReplicaLost, Transport
from serve_app.ingress.lanes.waiting import Waiting
from serve_app.types import Envelope

WINDOW_PER_REPLICA = 2
"""One envelope is worked on while the next is ready behind it."""
ENVELOPE_ITEMS = 64
ENVELOPE_BYTES = 1_000_000


class EnvelopeLane(Lane):
    """Sends at once while a replica is free; else gathers, without any timer, until a call returns."""

    def __init__(self, name: str, transport: Transport, limits: LaneLimits) -> None:
        super().__init__(name, transport, limits)
        self._open = 0
        self._in_flight = 0
        self._items = max(ENVELOPE_ITEMS, self._limits.max_batch_size)

    def pump(self) -> None:
        while self._may_send():
            members = self._fill()
            if not members:
                return
            self._send(members)

    def _may_send(self) -> bool:
        queued = len(self._queue)
        replicas = self._transport.replicas()
        if not queued or self._open >= max(WINDOW_PER_REPLICA * replicas, 1):
            return False
        # Behind a running envelope a lone item would become a forward of its own: what follows waits until it is
        # half as large as what is under way, or until something returns.
        return self._open < replicas or queued * 2 * self._open >= self._in_flight

    def _fill(self) -> list[Waiting]:
        members: list[Waiting] = []
        size = 0
        while len(members) < self._items and (first := self._queue.peek()) is not None:
            if members and size + first.size > ENVELOPE_BYTES:
                break
            size += first.size
            members.append(first)
            self._queue.pop()
        return members

    def _send(self, members: Sequence[Waiting]) -> None:
        self._open += 1
        self._in_flight += len(members)
        Group(members, self._start(self._deliver(members)))

    async def _deliver(self, members: Sequence[Waiting]) -> None:
        lost = False
        try:
            now = asyncio.get_running_loop().time()
            items = tuple(waiting.as_item(now) for waiting in members)
            events = await self._transport.send(Envelope(items, len(self._queue)))
            for waiting in members:
                waiting.left = None
            for waiting, event in zip(members, events, strict=True):
                self._settle(waiting, event)
        except ReplicaLost:
            lost = True
        except asyncio.CancelledError:
            # The last member left and nobody needs an answer, or the call was cancelled from the other side.
            for waiting in members:
                waiting.fail(NotReady("the call to the model was cancelled", None, 1.0))
        except AppError as error:
            for waiting in members:
                waiting.fail(error)
        except BaseException:
            for waiting in members:
                waiting.fail(Internal("the call to the model failed"))
            raise
        finally:
            self._open -= 1
            self._in_flight -= len(members)
            self._note_drained(len(members))
            if lost:
                self._send_again(members)
            self.pump()

    def _send_again(self, members: Sequence[Waiting]) -> None:
        """In halves and never among fresh items, so that what kills replicas takes few with it."""
        again = [waiting for waiting in members if self._may_retry(waiting)]
        middle = (len(again) + 1) // 2
        for half in (again[:middle], again[middle:]):
            if half:
                self._send(half)


class Group:
    """Cancels a call once the last of its members has left."""

    __slots__ = ("_alive", "_call")

    def __init__(self, members: Sequence[Waiting], call: "asyncio.Task[None]") -> None:
        self._alive = len(members)
        self._call = call
        for waiting in members:
            waiting.left = self._one_left

    def _one_left(self) -> None:
        self._alive -= 1
        if self._alive == 0:
            self._call.cancel()
