"""The running batch of the generation executor, on the stub that says every prompt again."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.replica.engines.stub import StubEngine
from serve_app.replica.engines.stub_sequences import StubSequences
from serve_app.replica.executors.generation import GenerationExecutor
from serve_app.tasks.sequences import Prompted, Token
from serve_app.types import Chunk, Done
from tests.replica.harness import Asking, until, working

TASK = tasks.TASKS["text-generation"]


class Watching(StubSequences):
    """Remembers how many wrote side by side, in what order they joined, and what they hold."""

    sizes: list[int]
    joined: list[str]

    def join(self, sequence: Prompted) -> None:
        super().join(sequence)
        self.joined.append(sequence.id)

    def step(self) -> Sequence[Token]:
        self.sizes.append(len(self._running))
        return super().step()


class Served:
    def __init__(self, executor: Any, sequences: Watching) -> None:
        self.executor, self.sequences, self.asking = executor, sequences, Asking(executor)

    def ask(self, text: str, verb: str = "predict", priority: int = 0, left_s: float = 30.0, **params: Any) -> str:
        params.setdefault("return_full_text", False)
        asked = TASK.Params.model_validate(params)
        [id] = self.asking.ask(text, params=asked, verb=verb, priority=priority, left_s=left_s)
        return id

    async def text(self, id: str) -> str:
        end = await self.asking.end(id)
        assert isinstance(end, Done), end
        text: str = end.output["generated_text"]
        return text

    @property
    def held(self) -> int:
        return len(self.sequences._running)


@contextmanager
def serving(rows: int = 32, **options: Any) -> Iterator[Served]:
    engine = StubEngine()
    model = Model(name="m", hf_model_name="stub", engine="stub", engine_options=options)
    kit = engine.load(model, TASK)
    assert engine._sequences is not None
    engine._sequences.__class__ = Watching
    sequences: Any = engine._sequences
    sequences.sizes, sequences.joined = [], []
    with working(TASK, engine, kit, batching={"max_batch_size": rows}) as executor:
        assert isinstance(executor, GenerationExecutor)
        yield Served(executor, sequences)


async def test_one_joins_while_another_writes_and_leaves_before_it() -> None:
    with serving(step_s=0.01) as served:
        long = served.ask("long " * 20)
        await until(lambda: len(served.sequences.sizes) > 5)
        short = served.ask("short")
        assert await served.text(short) == "short"
        assert served.asking.heard[long] == []
        assert await served.text(long) == "long " * 20
    assert max(served.sequences.sizes) == 2 and served.sequences.sizes[-1] == 1


async def test_no_more_write_at_once_than_the_config_allows() -> None:
    with serving(rows=3) as served:
        ids = [served.ask(f"number {number}") for number in range(10)]
        assert [await served.text(id) for id in ids] == [f"number {number}" for number in range(10)]
    assert max(served.sequences.sizes) == 3


async def test_the_higher_priority_joins_first_and_then_the_older() -> None:
    with serving(rows=1, step_s=0.005) as served:
        first = served.ask("busy" * 20)
        await until(lambda: served.sequences.joined)
        ids = [served.ask("x", priority=priority) for priority in (0, 1, 0, 2)]
        for id in (first, *ids):
            await served.text(id)
    assert [name.partition(".")[0] for name in served.sequences.joined] == [first, ids[3], ids[1], ids[0], ids[2]]


async def test_a_large_one_is_not_overtaken_for_ever() -> None:
    with serving(cache_tokens=100, step_s=0.002) as served:
        served.ask("x" * 30, max_new_tokens=30)
        large = served.ask("y" * 40, max_new_tokens=50)
        small = [served.ask("z", max_new_tokens=2) for _ in range(5)]
        await asyncio.gather(*(served.text(id) for id in (large, *small)))
    order = [name.partition(".")[0] for name in served.sequences.joined]
    assert order.index(large) < min(order.index(id) for id in small)


async def test_what_never_fits_is_refused_with_both_numbers_and_the_next_is_answered() -> None:
    with serving(cache_tokens=60) as served:
        failure = await served.asking.failure(served.ask("x" * 40, max_new_tokens=50))
        assert failure.kind == "input_too_long"
        assert "90 tokens" in failure.message and "holds 60" in failure.message
        assert await served.text(served.ask("good", max_new_tokens=8)) == "good"


async def test_pieces_join_to_the_whole_and_tell_their_tokens() -> None:
    with serving(step_s=0.002) as served:
        id = served.ask("größer 東京 👩‍👩‍👧", verb="stream", details=True)
        whole = await served.text(id)
        chunks = [event for event in served.asking.heard[id] if isinstance(event, Chunk)]
        assert "".join(chunk.text for chunk in chunks) == whole == "größer 東京 👩‍👩‍👧"
        assert all("".join(token.text for token in chunk.tokens) == chunk.text for chunk in chunks)
        tokens = [token.id for chunk in chunks for token in chunk.tokens]
        assert bytes(tokens[:-1]).decode() == whole
        assert chunks[-1].tokens[-1].special


async def test_a_fast_model_gathers_its_pieces_when_several_write() -> None:
    with serving(step_s=0.001) as served:
        ids = [served.ask("x" * 200, verb="stream") for _ in range(4)]
        for id in ids:
            assert await served.text(id) == "x" * 200
        chunks = [event for event in served.asking.heard[ids[0]] if isinstance(event, Chunk)]
    assert len(chunks) < 60
    assert len(chunks[0].text) < 20, "the first words do not wait"


async def test_several_answers_to_one_prompt() -> None:
    with serving() as served:
        id = served.ask("again", verb="stream", n=3, details=True, temperature=0.7, seed=5)
        end = await served.asking.end(id)
        assert isinstance(end, Done)
        details = end.output["details"]
        assert [choice["generated_text"] for choice in details["choices"]] == ["again"] * 3
        assert [choice["seed"] for choice in details["choices"]] == [5, 6, 7]
        assert [choice["finish_reason"] for choice in details["choices"]] == ["eos_token"] * 3
        assert (details["generated_tokens"], details["input_length"]) == (6, 5)
        chunks = [event for event in served.asking.heard[id] if isinstance(event, Chunk)]
    texts = {number: "".join(chunk.text for chunk in chunks if chunk.choice == number) for number in range(3)}
    assert texts == {0: "again", 1: "again", 2: "again"}


async def test_ends_have_their_reasons() -> None:
    with serving() as served:

        async def reason(**params: Any) -> tuple[str, str, int]:
            end = await served.asking.end(served.ask("one two three", details=True, **params))
            assert isinstance(end, Done)
            details = end.output["details"]
            return end.output["generated_text"], details["finish_reason"], details["generated_tokens"]

        assert await reason() == ("one two three", "eos_token", 14)
        assert await reason(max_new_tokens=5) == ("one t", "length", 5)
        assert await reason(stop=["two"]) == ("one ", "stop_sequence", 7)
        assert (await reason(ignore_eos=True, max_new_tokens=16))[1:] == ("length", 16)


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
        assert not served.executor._chunks._chunks
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


async def test_beams_search_beside_the_others() -> None:
    with serving(step_s=0.003) as served:
        writing = served.ask("writing " * 20)
        await until(lambda: served.held)
        searched = served.ask("searched", num_beams=3)
        assert await served.text(searched) == "searched"
        assert served.asking.heard[writing] == []
        assert await served.text(writing) == "writing " * 20
        left = served.ask("left " * 100, num_beams=2, left_s=0.1)
        assert (await served.asking.failure(left)).kind == "timeout"
        assert await served.text(served.ask("next")) == "next"
