"""A transport whose calls end when and how a test says."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from serve_app.errors import AppError
from serve_app.ingress.lanes.lane import LaneLimits
from serve_app.ingress.lanes.transport import ReplicaLost
from serve_app.ingress.lanes.waiting import Ask, Waiting
from serve_app.types import Chunk, Done, Envelope, Event, Failure, Item

LIMITS = LaneLimits(max_queued=1000, max_batch_size=8)
NOT_STARTED = Failure("not_ready", "the replica is stopping", started=False)


class Call:
    """One envelope under way."""

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.cancelled = False
        self.end: asyncio.Future[Sequence[Done | Failure]] = asyncio.get_running_loop().create_future()

    @property
    def inputs(self) -> list[Any]:
        return [item.input for item in self.envelope.items]

    def answer(self, **instead: Done | Failure) -> None:
        """Every input in capitals, unless a test has something else for it."""
        self.end.set_result([instead.get(item.input, Done(item.input.upper())) for item in self.envelope.items])

    def give_back(self) -> None:
        self.end.set_result([NOT_STARTED] * len(self.envelope.items))

    def die(self) -> None:
        self.end.set_exception(ReplicaLost("ActorDiedError"))

    def refuse(self, error: BaseException) -> None:
        self.end.set_exception(error)


class Stream:
    """One long verb under way."""

    def __init__(self, item: Item, backlog: int) -> None:
        self.item, self.backlog = item, backlog
        self.cancelled = False
        self.events: asyncio.Queue[Event | BaseException | None] = asyncio.Queue()

    def say(self, *events: Event) -> None:
        for event in events:
            self.events.put_nowait(event)

    def answer(self) -> None:
        self.say(Done(self.item.input.upper()))
        self.close()

    def close(self) -> None:
        self.events.put_nowait(None)

    def die(self) -> None:
        self.events.put_nowait(ReplicaLost("ActorDiedError"))

    def refuse(self, error: BaseException) -> None:
        self.events.put_nowait(error)


class Replicas:
    """The replicas of one model, as a lane sees them."""

    def __init__(self, count: int = 1) -> None:
        self.count = count
        self.calls: list[Call] = []
        self.streams: list[Stream] = []

    def replicas(self) -> int:
        return self.count

    async def send(self, envelope: Envelope) -> Sequence[Done | Failure]:
        call = Call(envelope)
        self.calls.append(call)
        try:
            return await call.end
        except asyncio.CancelledError:
            call.cancelled = True
            raise

    async def open(self, item: Item, backlog: int) -> AsyncGenerator[Event, None]:
        stream = Stream(item, backlog)
        self.streams.append(stream)
        try:
            while (event := await stream.events.get()) is not None:
                if isinstance(event, BaseException):
                    raise event
                yield event
        except (asyncio.CancelledError, GeneratorExit):
            stream.cancelled = True
            raise

    @property
    def sent(self) -> list[list[Any]]:
        """The inputs of each call so far."""
        return [call.inputs for call in self.calls]


async def settle() -> None:
    """Let everything run that can run without waiting."""
    for _ in range(10):
        await asyncio.sleep(0)


async def output(waiting: Waiting) -> Any:
    return (await asyncio.wait_for(asyncio.shield(waiting.future), 5)).output


async def error_of(waiting: Waiting) -> AppError:
    try:
        await asyncio.wait_for(asyncio.shield(waiting.future), 5)
    except AppError as error:
        return error
    raise AssertionError("an answer where an error was due")


def asking(timeout_s: float = 30, **more: Any) -> Ask:
    return Ask(None, timeout_s, **more)


def pieces(events: Sequence[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Chunk)]
