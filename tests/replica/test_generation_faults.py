"""What goes wrong in a running batch harms as few as can be, and leaves nothing behind."""

import asyncio
import random
from concurrent.futures import Future
from typing import Any

import pytest

from serve_app.tasks.sequences import Grammar
from tests.replica.continuous import serving
from tests.replica.harness import until


@pytest.mark.parametrize("stage", ["before it is prepared", "while it waits for room", "while it writes"])
async def test_cancel_at_every_stage(stage: str) -> None:
    with serving(rows=1, step_s=0.003) as served:
        if stage == "while it waits for room":
            other = served.ask("o" * 40)
            await until(lambda: served.held)
        id = served.ask("leaving " * 30, verb="stream")
        if stage == "while it writes":
            await until(lambda: served.asking.heard[id])
        elif stage == "while it waits for room":
            await asyncio.sleep(0.02)
        heard = len(served.asking.heard[id])
        served.executor.cancel(id)
        if stage == "while it waits for room":
            assert await served.text(other) == "o" * 40
        assert await served.text(served.ask("next")) == "next"
        await until(lambda: not served.held)
        assert len(served.asking.heard[id]) == heard
    assert served.executor.load().items == 0


async def test_two_hundred_streams_cut_at_random_moments_leave_nothing() -> None:
    rng = random.Random(2)
    with serving(rows=16, step_s=0.0005) as served:

        async def cut() -> None:
            await asyncio.sleep(rng.random())
            id = served.ask("words " * rng.randint(1, 60), verb="stream")
            await asyncio.sleep(rng.random() * 0.3)
            served.executor.cancel(id)

        await asyncio.gather(*(cut() for _ in range(200)))
        await until(lambda: not served.held and not served.executor._growing)
        assert served.executor.load().items == 0
        assert not served.executor._growing._chunks._chunks
        assert not served.executor._arrivals._ready and not served.executor._arrivals._inbox
        assert await served.text(served.ask("next")) == "next"


async def test_a_deadline_ends_what_writes_and_what_waits() -> None:
    with serving(rows=1, step_s=0.005) as served:
        running = served.ask("r" * 200, left_s=0.15)
        waiting = served.ask("w", left_s=0.05)
        late = await served.asking.failure(waiting)
        assert (late.kind, late.started) == ("timeout", False)
        cut = await served.asking.failure(running)
        assert (cut.kind, cut.started) == ("timeout", True)
        await until(lambda: not served.held)


async def test_a_step_that_fails_is_repeated_for_each_alone() -> None:
    with serving(step_s=0.002) as served:
        good = [served.ask(f"good {number} " * 5) for number in range(4)]
        await until(lambda: served.held == 4)
        bad = served.ask("this one will [fail]")
        failure = await served.asking.failure(bad)
        assert (failure.kind, failure.message) == ("model_error", "the model failed on this input")
        assert [await served.text(id) for id in good] == [f"good {number} " * 5 for number in range(4)]
        assert await served.text(served.ask("next")) == "next"


async def test_whoever_has_told_a_part_does_not_begin_again() -> None:
    with serving(step_s=0.005) as served:
        telling = served.ask("telling " * 30, verb="stream")
        await until(lambda: served.asking.heard[telling])
        bad = served.ask("[fail]")
        assert (await served.asking.failure(telling)).kind == "model_error"
        assert (await served.asking.failure(bad)).kind == "model_error"


async def test_memory_that_is_short_lets_fewer_write_at_once() -> None:
    with serving(rows=8, oom_above_rows=3) as served:
        ids = [served.ask(f"number {number}") for number in range(12)]
        assert [await served.text(id) for id in ids] == [f"number {number}" for number in range(12)]
    assert served.sequences.sizes[-1] <= 3


async def test_what_cannot_join_harms_no_other_and_leaves_nothing() -> None:
    with serving(step_s=0.002) as served:
        good = served.ask("good " * 10)
        served.sequences.unwelcome = {"1.2"}
        failure = await served.asking.failure(served.ask("bad", n=3, details=True))
        assert (failure.kind, failure.message, failure.field) == ("validation", "it cannot join", "grammar")
        assert served.held <= 1
        assert await served.text(good) == "good " * 10
        assert await served.text(served.ask("next")) == "next"


async def test_a_grammar_that_was_put_away_meanwhile_is_looked_at_again_and_holds_nobody_up() -> None:
    with serving(rows=1, step_s=0.002) as served:
        known: Future[Any] = Future()
        known.set_result(None)
        again: Future[Any] = Future()
        looked: list[Grammar] = []

        def study(grammar: Grammar) -> "Future[Any]":
            looked.append(grammar)
            return known if len(looked) == 1 else again

        served.executor.engine.study = study
        first = served.ask("first " * 5)
        await until(lambda: served.held)
        ruled = served.ask("ruled", grammar={"type": "json_object"})
        await until(lambda: looked)
        after = served.ask("after")
        assert [await served.text(first), await served.text(after)] == ["first " * 5, "after"]
        assert served.asking.heard[ruled] == [] and len(looked) > 1
        again.set_result(None)
        assert await served.text(ruled) == "ruled"
