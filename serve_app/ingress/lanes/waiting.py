"""One item between its arrival at the ingress and its answer."""

import asyncio
from collections.abc import Callable
from typing import Any

from serve_app.errors import AppError, DeadlineExceeded, ReaderTooSlow
from serve_app.ingress.lanes.unread import Unread
from serve_app.types import Chunk, Done, Item, Verb


class Ask:
    """What the caller of a lane asks for, the same for all inputs of one request."""

    __slots__ = ("params", "priority", "tenant", "timeout_s", "trace", "verb", "waited_s")

    def __init__(
        self,
        params: Any,
        timeout_s: float,
        verb: Verb = "predict",
        priority: int = 0,
        tenant: str = "",
        trace: str = "",
        waited_s: float = 0.0,
    ) -> None:
        self.params = params
        self.timeout_s = timeout_s
        self.verb = verb
        self.priority = priority
        self.tenant = tenant
        self.trace = trace
        self.waited_s = waited_s


class Waiting:
    """An item, its deadline, and the future its caller awaits; `left` is called once it needs no answer any more."""

    __slots__ = ("_timer", "ask", "attempt", "deadline", "deaths", "future", "id", "input", "left", "size", "unread")

    def __init__(self, loop: asyncio.AbstractEventLoop, id: str, input: Any, size: int, ask: Ask) -> None:
        self.id = id
        self.input = input
        self.size = size
        self.ask = ask
        self.attempt = 0
        self.deaths = 0
        self.left: Callable[[], object] | None = None
        self.unread = Unread() if ask.verb == "stream" else None
        self.deadline = loop.time() + ask.timeout_s - ask.waited_s
        self.future: asyncio.Future[Done] = loop.create_future()
        self._timer = loop.call_at(self.deadline, self._expire)
        self.future.add_done_callback(self._settled)

    @property
    def waits(self) -> bool:
        return not self.future.done()

    def as_item(self, now: float) -> Item:
        ask = self.ask
        return Item(
            self.id, ask.verb, self.input, ask.params, max(self.deadline - now, 0.0),
            ask.tenant, ask.priority, self.attempt, ask.trace,
        )  # fmt: skip

    def hear(self, chunk: Chunk) -> None:
        """Keep a piece for a caller that reads along."""
        if self.unread is not None and self.waits and not self.unread.put(chunk):
            self.fail(ReaderTooSlow("the answer was cut: too much of it was not read in time"))

    def answer(self, done: Done) -> None:
        if not self.future.done():
            self.future.set_result(done)

    def fail(self, error: AppError) -> None:
        if not self.future.done():
            self.future.set_exception(error)

    def _expire(self) -> None:
        self.fail(DeadlineExceeded(f"no answer within {self.ask.timeout_s:g} s"))

    def _settled(self, future: "asyncio.Future[Done]") -> None:
        self._timer.cancel()
        if not future.cancelled():
            future.exception()  # counts as seen: a caller that left does not come for it
        if self.unread is not None:
            self.unread.end()
        if self.left is not None:
            self.left()
