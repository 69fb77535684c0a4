"""Streams that do not come to their proper end: the caller leaves or is slow, time is over, the model breaks off."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest

from serve_app.config.schema import Batching, Limits, Model
from serve_app.ingress import streaming
from serve_app.ingress.dialects.native import Native
from serve_app.ingress.lanes import unread
from serve_app.ingress.lanes.transport import ReplicaLost
from serve_app.replica.executors.generation import GenerationExecutor
from serve_app.types import Chunk, Event, Item
from tests.ingress.reading import LAST, Reader, told
from tests.ingress.service import InProcess, Service, serving, stub

PATH = "/models/w"
LONG = "x" * 1000


def slow(step_s: float = 0.01, **entry: Any) -> Model:
    return stub("w", "generation", engine_options={"step_s": step_s}, **entry)


def body(**more: Any) -> dict[str, Any]:
    return {"text": LONG, "stream": True, "generation_params": {"max_new_tokens": 1000}, **more}


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving(slow(batching=Batching(max_batch_size=64))) as running:
        yield running


async def freed(service: Service, within_s: float = 1) -> None:
    """Until nothing runs on the replica, nothing waits or travels in the lane, and no request is under way."""
    lane = service.lanes.of(service.directory.entries()[0], "stream")
    [transport] = service.transports.values()
    executor = transport.executor
    assert isinstance(executor, GenerationExecutor)
    async with asyncio.timeout(within_s):
        while executor.load().items or executor._growing or lane.backlog or lane._calls:
            await asyncio.sleep(0.001)


async def answers(service: Service) -> None:
    reply = await service.post(PATH, {"text": "ab", "stream": True})
    assert told(reply.text)[-2]["response"]["generated_text"] == "abab"


async def test_who_leaves_frees_the_place_at_the_next_step() -> None:
    # One place, and an answer that would hold it for ten seconds.
    async with serving(slow(batching=Batching(max_batch_size=1))) as service:
        reader = Reader(service, PATH, body())
        await reader.begun()
        waiting = asyncio.create_task(answers(service))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        reader.leave()
        await asyncio.wait_for(reader.task, 1)
        await asyncio.wait_for(waiting, 1)
        assert not reader.ended
        assert service.meters.sum_of("serve_app_errors_total", "w", "cancelled") == 1


async def test_two_hundred_streams_cut_at_random_moments(service: Service) -> None:
    moments = random.Random(7)
    begun: list[bool] = []

    async def cut(number: int) -> None:
        await asyncio.sleep(moments.uniform(0, 0.3))
        reader = Reader(service, PATH, body())
        await asyncio.sleep(moments.uniform(0, 0.2))
        begun.append(bool(reader.messages))
        if number % 2:
            reader.leave()
            await reader.task
        else:
            # As Serve does it when the caller is gone.
            reader.task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reader.task
        assert not reader.ended

    before = asyncio.all_tasks()
    await asyncio.gather(*(cut(number) for number in range(200)))
    assert 0 < sum(begun) < 200
    await freed(service)
    assert asyncio.all_tasks() <= before
    assert service.meters.sum_of("serve_app_errors_total", "w", "cancelled") == 200
    assert service.meters.sum_of("serve_app_requests_total", "w", "native") + service.meters.sum_of(
        "serve_app_requests_total", "w", "-"
    ) == 200  # fmt: skip
    await answers(service)


async def test_who_leaves_while_waiting_never_reaches_the_model() -> None:
    async with serving(slow(batching=Batching(max_batch_size=1))) as service:
        running = [Reader(service, PATH, body()) for _ in range(3)]
        await running[0].begun()
        lane = service.lanes.of(service.directory.entries()[0], "stream")
        assert lane.backlog == 1
        running[2].leave()
        await asyncio.wait_for(running[2].task, 1)
        assert (lane.backlog, running[2].messages) == (0, [])
        for reader in running[:2]:
            reader.leave()
            await reader.task
        await freed(service)


async def test_a_slow_reader_holds_so_much_and_is_then_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "MOST_UNREAD", 20_000)
    async with serving(slow(step_s=0.0005)) as service:
        reader = Reader(service, PATH, body())
        reader.reads.clear()
        await reader.begun()
        await freed(service, within_s=5)
        assert not reader.task.done()
        reader.reads.set()
        await asyncio.wait_for(reader.task, 1)
        *pieces, last = told(reader.text)
        assert reader.ended
        assert last == {
            "error": "the answer was cut: too much of it was not read in time", "error_type": "reader_too_slow",
        }  # fmt: skip
        text = "".join(piece["text"] for piece in pieces)
        assert 40 < len(text) < 60 and text == "x" * len(text)
        await answers(service)


async def test_a_reader_that_takes_nothing_at_all_is_left(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "STALLED_S", 0.05)
    reader = Reader(service, PATH, body())
    await asyncio.sleep(0.005)
    reader.reads.clear()
    await asyncio.wait_for(reader.task, 1)
    assert not reader.ended
    await freed(service)


async def test_what_comes_while_the_reader_is_busy_is_told_together(service: Service) -> None:
    reader = Reader(service, PATH, body(generation_params={"max_new_tokens": 30}))
    await reader.begun()
    reader.reads.clear()
    await asyncio.sleep(0.2)
    reader.reads.set()
    await reader.task
    pieces = [event["text"] for event in told(reader.text)[:-2]]
    assert "".join(pieces) == "x" * 30
    assert max(map(len, pieces)) >= 5


async def test_a_deadline_ends_a_stream_with_an_error() -> None:
    async with serving(slow(limits=Limits(timeout_s=0.2))) as service:
        *pieces, last = told((await service.post(PATH, body())).text)
        assert "".join(piece["text"] for piece in pieces).startswith("xxxx")
        assert last["error_type"] == "timeout"
        inputs = {"inputs": LONG, "stream": True, "parameters": {"max_new_tokens": 1000}}
        *tokens, last = told((await service.post(PATH, inputs)).text)
        assert tokens[-1]["generated_text"] is None
        assert last["error_type"] == "incomplete_generation"
        assert service.meters.sum_of("serve_app_errors_total", "w", "timeout") == 2
        await freed(service)
        await answers(service)


async def test_a_process_that_ends_in_the_middle_is_told(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def dying(self: InProcess, item: Item, backlog: int) -> AsyncGenerator[Event, None]:
        yield Chunk("begun")
        await asyncio.sleep(0.001)
        raise ReplicaLost("ActorDiedError")

    with monkeypatch.context() as patched:
        patched.setattr(InProcess, "open", dying)
        reply = await service.post(PATH, body())
    assert told(reply.text) == [
        {"text": "begun"},
        {"error": "the model's process ended in the middle of the answer", "error_type": "internal"},
    ]
    await answers(service)


async def test_a_fault_of_our_own_is_told_without_its_words(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(self: Native, *args: Any) -> Any:
        raise RuntimeError("inside")

    with monkeypatch.context() as patched:
        patched.setattr(Native, "write", failing)
        reply = await service.post(PATH, {"text": "ab", "stream": True})
    *pieces, last = told(reply.text)
    assert "".join(piece["text"] for piece in pieces) == "ab"
    assert last == {"error": "the server failed in the middle of the answer", "error_type": "internal"}
    assert "inside" in caplog.text
    assert service.meters.sum_of("serve_app_errors_total", "w", "internal") == 1
    await answers(service)


async def test_a_neighbour_that_breaks_the_batch_ends_it_with_an_error(service: Service) -> None:
    reader = Reader(service, PATH, body())
    await reader.begun()
    reply = await service.post(PATH, {"text": "[fail]", "stream": True})
    assert (reply.status_code, reply.json()["error_type"]) == (500, "model_error")
    await asyncio.wait_for(reader.task, 1)
    *pieces, last = told(reader.text)
    assert pieces and last["error_type"] == "model_error" and LAST not in pieces
    assert reader.ended
    await answers(service)
