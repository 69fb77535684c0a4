"""The running batch of the generation executor: who joins when, and what each is told."""

import asyncio
from typing import Any

from serve_app.types import Chunk, Done
from tests.replica.continuous import serving
from tests.replica.harness import until


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


async def test_more_answers_than_are_written_side_by_side_are_refused() -> None:
    with serving(rows=4) as served:
        for best_of, field in ((None, "n"), (5, "best_of")):
            failure = await served.asking.failure(served.ask("again", n=2 if best_of else 5, best_of=best_of))
            assert (failure.kind, failure.field) == ("validation", field)
            assert "5 answers" in failure.message and "writes 4" in failure.message
        assert await served.text(served.ask("again", n=4)) == "again"
