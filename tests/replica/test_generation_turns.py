"""What cannot run side by side takes turns: adapters one after the other, beams between the others' steps."""

import asyncio

from tests.replica.continuous import serving
from tests.replica.harness import until


async def test_adapters_take_turns_and_those_of_one_write_side_by_side() -> None:
    with serving(rows=8, step_s=0.002) as served:
        first = served.ask("x" * 200, adapter_id="a", max_new_tokens=400)
        await until(lambda: served.held)
        ids: dict[str, list[str]] = {"a": [], "b": []}
        for adapter in "bababa" * 2:
            ids[adapter].append(served.ask("y" * 20, adapter_id=adapter))
        # By now all have waited longer than a turn: that must not make them run one by one.
        for id in (first, *ids["a"], *ids["b"]):
            await served.text(id)
    order = [name.partition(".")[0] for name in served.sequences.joined]
    assert order == [first, *ids["a"], *ids["b"]]
    assert max(served.sequences.sizes) == 7 and served.sequences.sizes[-1] == 6


async def test_who_waits_for_another_adapter_gets_a_turn() -> None:
    with serving(rows=4, step_s=0.004) as served:
        others: list[str] = []
        for _ in range(4):
            others.append(served.ask("x" * 60, adapter_id="a"))
            await asyncio.sleep(0.05)
        waiting = served.ask("w", adapter_id="b")
        while not any(name.startswith(f"{waiting}.") for name in served.sequences.joined):
            others.append(served.ask("x" * 60, adapter_id="a"))
            assert len(others) < 60, "it waits for ever"
            await asyncio.sleep(0.05)
        for id in (waiting, *others):
            await served.text(id)


async def test_others_join_while_beams_search() -> None:
    with serving(step_s=0.01) as served:
        searched = served.ask("searched " * 20, num_beams=2)
        await asyncio.sleep(0.1)
        second = served.ask("the second", num_beams=2)
        joining = [served.ask(f"joining {number}") for number in range(3)]
        assert [await served.text(id) for id in joining] == [f"joining {number}" for number in range(3)]
        assert served.asking.heard[searched] == [] == served.asking.heard[second]
        assert await served.text(searched) == "searched " * 20
        assert await served.text(second) == "the second"


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
