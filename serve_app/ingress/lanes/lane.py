"""What every lane does: admit, queue, send while the window is open, answer, and send again what was lost."""

import asyncio
import contextvars
import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Coroutine, Sequence
from dataclasses import dataclass
from itertools import count
from time import monotonic
from typing import Any

from serve_app.errors import NotReady, ReplicaDied, from_failure
from serve_app.ingress.lanes.queue import LaneQueue
from serve_app.ingress.lanes.retries import RetryBudget
from serve_app.ingress.lanes.transport import Transport
from serve_app.ingress.lanes.waiting import Ask, Waiting
from serve_app.rate import Rate
from serve_app.refusals import full_queue
from serve_app.types import Chunk, Done, Event, Failure

PAUSE_S = 0.05
"""Before an item that a replica handed back is sent again: that replica is about to leave the running set."""


@dataclass(frozen=True)
class LaneLimits:
    """What a lane takes and sends."""

    max_queued: int
    """Items that may wait."""
    max_batch_size: int
    """What one forward takes: windows and envelopes are measured by it."""


class Lane(ABC):
    """One model and verb. All methods run on the event loop."""

    def __init__(self, name: str, transport: Transport, limits: LaneLimits) -> None:
        self.name = name
        self._transport = transport
        self._limits = limits
        self._queue = LaneQueue()
        self._budget = RetryBudget()
        self._ids = count()
        self._prefix = secrets.token_hex(4)
        self._calls: set[asyncio.Task[None]] = set()
        self._drained = Rate()

    def ask(self, inputs: Sequence[Any], sizes: Sequence[int], ask: Ask) -> list[Waiting]:
        """Take the inputs of one request, all or none; await the future of each, cancel it to leave."""
        if not self._calls and not self._queue:
            self._drained = Rate()  # an idle lane drains nothing, and that says nothing of how fast it could
        self._admit(len(inputs))
        loop = asyncio.get_running_loop()
        asked = [
            Waiting(loop, f"{self._prefix}-{next(self._ids)}", input, size, ask)
            for input, size in zip(inputs, sizes, strict=True)
        ]
        for waiting in asked:
            self._queue.push(waiting)
        self._budget.earn(len(asked))
        self.pump()
        return asked

    async def stream(self, input: Any, size: int, ask: Ask) -> AsyncGenerator[Chunk | Done, None]:
        """One input's events: chunks, then one `Done`; errors are raised. Closing it cancels the item."""
        [waiting] = self.ask([input], [size], ask)
        assert waiting.unread is not None
        try:
            while chunks := await waiting.unread.take():
                for chunk in chunks:
                    yield chunk
            yield waiting.future.result()
        finally:
            waiting.future.cancel()

    @property
    def backlog(self) -> int:
        """Items that wait here."""
        return len(self._queue)

    @abstractmethod
    def pump(self) -> None:
        """Send what the window lets through; called whenever something arrived, returned or changed."""

    def _admit(self, items: int) -> None:
        waiting = len(self._queue)
        if waiting and waiting + items > self._limits.max_queued:
            raise full_queue(waiting, self._limits.max_queued, self._drained.per_second(monotonic()))

    def _start(self, call: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        # In a fresh context: a call made in a request's own context is cancelled with that request, and with it
        # everyone else whose items travel in the same call.
        task = asyncio.get_running_loop().create_task(call, context=contextvars.Context())
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        return task

    def _settle(self, waiting: Waiting, event: Event) -> None:
        match event:
            case Done():
                waiting.answer(event)
            case Failure(started=False):
                self._send_later(waiting)
            case Failure():
                waiting.fail(from_failure(event))

    def _send_later(self, waiting: Waiting) -> None:
        """The replica never began with it: back into the queue, for as long as the deadline allows."""
        waiting.attempt += 1
        asyncio.get_running_loop().call_later(PAUSE_S, self._requeue, waiting)

    def _requeue(self, waiting: Waiting) -> None:
        if waiting.waits:
            self._queue.push(waiting)
            self.pump()

    def _may_retry(self, waiting: Waiting) -> bool:
        """Whether an item that was in a process that died is sent once more; if not it is answered here."""
        waiting.deaths += 1
        waiting.attempt += 1
        if not waiting.waits:
            return False
        if waiting.deaths > 1:
            waiting.fail(ReplicaDied("the model's process ended twice while it had this input"))
            return False
        if not self._budget.spend():
            waiting.fail(NotReady("the model's process ended, and too much is being sent again already", None, 1.0))
            return False
        return True

    def _note_drained(self, items: int) -> None:
        self._drained.add(items, monotonic())
