import asyncio
from collections.abc import AsyncIterator

import pytest

from serve_app.errors import AppError, DeadlineExceeded, Internal, ModelFault, NotReady, Overloaded, ReplicaDied
from serve_app.ingress.lanes import lane as lanes
from serve_app.ingress.lanes.calls import BATCHES_PER_REPLICA, CallLane
from serve_app.ingress.lanes.lane import LaneLimits
from serve_app.ingress.lanes.waiting import Waiting
from serve_app.types import Chunk, Done, Event, Failure
from tests.ingress.lanes.replicas import LIMITS, NOT_STARTED, Replicas, asking, error_of, output, pieces, settle

WINDOW = BATCHES_PER_REPLICA * LIMITS.max_batch_size


@pytest.fixture
def lane(replicas: Replicas) -> CallLane:
    return CallLane("m", replicas, LIMITS)


def ask(lane: CallLane, *inputs: str, timeout_s: float = 30) -> list[Waiting]:
    return lane.ask(inputs, [1] * len(inputs), asking(timeout_s))


class Reader:
    """Reads a stream in a task of its own, as a request would."""

    def __init__(self, lane: CallLane, input: str, timeout_s: float = 30) -> None:
        self.heard: list[Event] = []
        self.task = asyncio.create_task(self._read(lane.stream(input, 1, asking(timeout_s, verb="stream"))))

    async def _read(self, events: AsyncIterator[Event]) -> None:
        async for event in events:
            self.heard.append(event)

    async def error(self) -> AppError:
        with pytest.raises(AppError) as raised:
            await asyncio.wait_for(self.task, 5)
        return raised.value


async def test_every_item_has_a_call_of_its_own(lane: CallLane, replicas: Replicas) -> None:
    waiting = ask(lane, "a", "b")
    await settle()
    assert [stream.item.input for stream in replicas.streams] == ["a", "b"]
    for stream in reversed(replicas.streams):
        stream.answer()
    assert [await output(each) for each in waiting] == ["A", "B"]


async def test_chunks_then_the_whole(lane: CallLane, replicas: Replicas) -> None:
    reader = Reader(lane, "a")
    await settle()
    for text in "xy":
        replicas.streams[0].say(Chunk(text))
        await settle()
    assert reader.heard == [Chunk("x"), Chunk("y")]
    replicas.streams[0].answer()
    await reader.task
    assert reader.heard == [Chunk("x"), Chunk("y"), Done("A")]
    assert not replicas.streams[0].cancelled


async def test_who_only_wants_the_whole_hears_no_chunks(lane: CallLane, replicas: Replicas) -> None:
    [waiting] = ask(lane, "a")
    await settle()
    replicas.streams[0].say(Chunk("x"))
    replicas.streams[0].answer()
    assert await output(waiting) == "A"


async def test_what_the_replicas_can_batch_goes_out_and_the_rest_waits(lane: CallLane, replicas: Replicas) -> None:
    waiting = ask(lane, *map(str, range(WINDOW + 5)))
    await settle()
    assert len(replicas.streams) == WINDOW
    assert lane.backlog == 5
    replicas.streams[3].answer()
    await settle()
    assert len(replicas.streams) == WINDOW + 1
    replicas.count = 2
    lane.pump()
    await settle()
    assert len(replicas.streams) == WINDOW + 5
    assert replicas.streams[-1].backlog == 0
    for stream in replicas.streams:
        stream.answer()
    assert [await output(each) for each in waiting] == [str(number) for number in range(WINDOW + 5)]


async def test_without_a_replica_exactly_one_call_goes_out(lane: CallLane, replicas: Replicas) -> None:
    replicas.count = 0
    ask(lane, "a", "b", "c")
    await settle()
    assert [stream.item.input for stream in replicas.streams] == ["a"]
    replicas.count = 1
    lane.pump()
    await settle()
    assert len(replicas.streams) == 3
    for stream in replicas.streams:
        stream.answer()
    await settle()


async def test_who_leaves_cancels_the_call_and_makes_room(replicas: Replicas) -> None:
    lane = CallLane("m", replicas, LaneLimits(max_queued=10, max_batch_size=1))
    reader = Reader(lane, "a")
    others = [Reader(lane, "b"), Reader(lane, "c")]
    await settle()
    assert len(replicas.streams) == 2
    replicas.streams[0].say(Chunk("x"))
    await settle()
    reader.task.cancel()
    await settle()
    assert replicas.streams[0].cancelled
    assert [stream.item.input for stream in replicas.streams] == ["a", "b", "c"]
    for stream in replicas.streams[1:]:
        stream.answer()
    for other in others:
        await other.task
    assert not replicas.streams[1].cancelled


async def test_who_leaves_the_queue_is_never_sent(replicas: Replicas) -> None:
    lane = CallLane("m", replicas, LaneLimits(max_queued=10, max_batch_size=1))
    ask(lane, "a", "b")
    leaving, staying = ask(lane, "leaving", "staying")
    await settle()
    leaving.future.cancel()
    await settle()
    assert lane.backlog == 1
    for stream in list(replicas.streams):
        stream.answer()
    await settle()
    assert [stream.item.input for stream in replicas.streams] == ["a", "b", "staying"]
    replicas.streams[2].answer()
    assert await output(staying) == "STAYING"


async def test_a_deadline_cancels_the_call(lane: CallLane, replicas: Replicas) -> None:
    reader = Reader(lane, "a", timeout_s=0.03)
    await settle()
    replicas.streams[0].say(Chunk("x"))
    assert isinstance(await reader.error(), DeadlineExceeded)
    await settle()
    assert replicas.streams[0].cancelled
    assert pieces(reader.heard) == ["x"]


async def test_a_full_queue_refuses(replicas: Replicas) -> None:
    lane = CallLane("m", replicas, LaneLimits(max_queued=2, max_batch_size=1))
    ask(lane, "a", "b")
    ask(lane, "c", "d")
    with pytest.raises(Overloaded):
        ask(lane, "e")
    reader = Reader(lane, "f")
    assert isinstance(await reader.error(), Overloaded)
    for _ in range(2):
        for stream in replicas.streams:
            stream.answer()
        await settle()


async def test_a_failure_is_raised_to_who_reads(lane: CallLane, replicas: Replicas) -> None:
    reader = Reader(lane, "a")
    await settle()
    replicas.streams[0].say(Chunk("x"), Failure("model_error", "the model failed on this input"))
    replicas.streams[0].close()
    error = await reader.error()
    assert (type(error), str(error)) == (ModelFault, "the model failed on this input")
    assert reader.heard == [Chunk("x")]


async def test_a_death_before_the_first_chunk_is_tried_once_more(lane: CallLane, replicas: Replicas) -> None:
    reader = Reader(lane, "a")
    await settle()
    replicas.streams[0].die()
    await settle()
    assert [stream.item.attempt for stream in replicas.streams] == [0, 1]
    replicas.streams[1].answer()
    await reader.task
    assert reader.heard == [Done("A")]


async def test_what_a_dying_replica_gave_back_is_sent_again_only_once(lane: CallLane, replicas: Replicas) -> None:
    [waiting] = ask(lane, "a")
    await settle()
    replicas.streams[0].say(NOT_STARTED)
    replicas.streams[0].die()
    await asyncio.sleep(2 * lanes.PAUSE_S)
    assert [stream.item.attempt for stream in replicas.streams] == [0, 1]
    replicas.streams[1].answer()
    assert await output(waiting) == "A"


async def test_a_second_death_is_the_end(lane: CallLane, replicas: Replicas) -> None:
    [waiting] = ask(lane, "a")
    for number in range(2):
        await settle()
        replicas.streams[number].die()
    error = await error_of(waiting)
    assert (type(error), error.status) == (ReplicaDied, 500)
    assert len(replicas.streams) == 2


async def test_a_death_in_the_middle_of_an_answer_is_told(lane: CallLane, replicas: Replicas) -> None:
    reader = Reader(lane, "a")
    await settle()
    replicas.streams[0].say(Chunk("x"))
    await settle()
    replicas.streams[0].die()
    error = await reader.error()
    assert (type(error), str(error)) == (Internal, "the model's process ended in the middle of the answer")
    assert len(replicas.streams) == 1


async def test_what_was_not_started_is_sent_again_freely(
    lane: CallLane, replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "PAUSE_S", 0.001)
    reader = Reader(lane, "a")
    for number in range(5):
        while len(replicas.streams) <= number:
            await asyncio.sleep(0.001)
        replicas.streams[number].say(NOT_STARTED)
        replicas.streams[number].close()
    while len(replicas.streams) <= 5:
        await asyncio.sleep(0.001)
    replicas.streams[5].answer()
    await reader.task
    assert reader.heard == [Done("A")]


async def test_an_answer_without_an_end_is_an_error(lane: CallLane, replicas: Replicas) -> None:
    reader = Reader(lane, "a")
    await settle()
    replicas.streams[0].say(Chunk("x"))
    replicas.streams[0].close()
    error = await reader.error()
    assert (type(error), str(error)) == (Internal, "the model's answer broke off")


async def test_errors_of_the_call(lane: CallLane, replicas: Replicas) -> None:
    refused, cancelled = ask(lane, "a", "b")
    await settle()
    replicas.streams[0].refuse(NotReady("it failed to deploy", retry_after_s=30))
    replicas.streams[1].refuse(asyncio.CancelledError())
    assert str(await error_of(refused)) == "it failed to deploy"
    assert isinstance(await error_of(cancelled), NotReady)


async def test_an_unforeseen_error_is_told_without_its_words(lane: CallLane, replicas: Replicas) -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context["exception"]))
    [waiting] = ask(lane, "a")
    await settle()
    inside = RuntimeError("inside")
    replicas.streams[0].refuse(inside)
    error = await error_of(waiting)
    assert (type(error), str(error)) == (Internal, "the call to the model failed")
