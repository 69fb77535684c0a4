"""The worker on its own: what shares a batch, what goes first, and what becomes of the rest."""

import asyncio
import logging
import random
import threading
import time

import pytest

from serve_app.replica.stream import events
from serve_app.types import Chunk, Done, Failure, Item
from tests.replica.harness import (
    POISON,
    QUOTE,
    UNJOINABLE,
    Asking,
    Counting,
    Gate,
    Grouped,
    Lengths,
    entered,
    until,
    working,
)

FAULT = Failure("model_error", "the model failed on this input")
EXPIRED = Failure("timeout", "the time was over before the model was free", None, False)


async def test_an_item_gets_its_answer_and_its_timings() -> None:
    with working(Lengths(), Gate()) as executor:
        asking = Asking(executor)
        [id] = asking.ask([3])
        end = await asking.end(id)
    assert isinstance(end, Done)
    assert end.output == [9]
    assert end.timings.batch_size == 1
    assert all(0 <= seconds < 1 for seconds in end.timings[:4])
    assert asking.heard[id] == [end]


async def test_what_arrives_while_the_model_is_busy_goes_together() -> None:
    gate, task = Gate(), Lengths()
    with working(task, gate) as executor:
        asking = Asking(executor)
        gate.close()
        first = asking.ask([4])
        await entered(gate)
        rest = [id for _ in range(20) for id in asking.ask([5])]
        gate.open()
        assert await asking.outputs(first + rest) == [[16]] + [[25]] * 20
    assert gate.batches == [[4], [5] * 20]


async def test_preparing_goes_on_while_the_model_runs() -> None:
    gate, task = Gate(), Lengths()
    with working(task, gate) as executor:
        asking = Asking(executor)
        gate.close()
        asking.ask([4])
        await entered(gate)
        asking.ask([5], [6])
        await until(lambda: len(task.expanded) == 2)
        assert task.expanded == [1, 2]
        assert gate.batches == [[4]]


async def test_items_of_one_envelope_are_expanded_with_one_call() -> None:
    task = Lengths()
    with working(task, Gate()) as executor:
        asking = Asking(executor)
        await asking.outputs(asking.ask(*([3] for _ in range(64))))
    assert task.expanded == [64]


async def test_keys_never_share_a_batch() -> None:
    gate = Gate()
    with working(Lengths(), gate) as executor:
        asking = Asking(executor)
        gate.close()
        held = asking.ask([1])
        await entered(gate)
        one = [asking.ask([2], params=Grouped(group="a")), asking.ask([3], params=Grouped(group="b"))]
        two = [asking.ask([2], params=Grouped(group="a")), asking.ask([3], params=Grouped(group="b"))]
        gate.open()
        await asking.outputs(held + [id for ids in one + two for id in ids])
    assert gate.batches == [[1], [2, 2], [3, 3]]


async def test_mixed_lengths_cost_less_than_a_tenth_in_padding() -> None:
    gate = Gate()
    draw = random.Random(5)
    lengths = [draw.choice([draw.randint(4, 40), draw.randint(40, 400)]) for _ in range(300)]
    with working(Lengths(), gate) as executor:
        asking = Asking(executor)
        ids = asking.ask(*([length] for length in lengths))
        assert await asking.outputs(ids) == [[length * length] for length in lengths]
    padded = sum(len(batch) * max(batch) for batch in gate.batches)
    assert padded < sum(lengths) * 1.1
    assert len(gate.batches) < 40


async def test_the_token_budget_counts_padding() -> None:
    gate = Gate()
    with working(Lengths(), gate, batching={"max_batch_tokens": 100}) as executor:
        asking = Asking(executor)
        await asking.outputs(asking.ask(*([30] for _ in range(7)), [200]))
    assert [batch for batch in gate.batches if 200 not in batch] == [[30] * 3, [30] * 3, [30]]
    assert [200] in gate.batches


async def test_no_batch_has_more_rows_than_allowed_and_items_may_spread() -> None:
    gate = Gate()
    with working(Lengths(), gate, batching={"max_batch_size": 4}) as executor:
        asking = Asking(executor)
        ids = asking.ask([5] * 6, [5] * 3)
        assert await asking.outputs(ids) == [[25] * 6, [25] * 3]
    assert [len(batch) for batch in gate.batches] == [4, 4, 1]


async def test_priority_goes_first_and_then_age() -> None:
    gate = Gate()
    with working(Lengths(), gate, batching={"max_batch_size": 1}) as executor:
        asking = Asking(executor)
        gate.close()
        held = asking.ask([1])
        await entered(gate)
        ids = asking.ask([10]) + asking.ask([11]) + asking.ask([12], priority=1) + asking.ask([14], priority=1)
        gate.open()
        await asking.outputs(held + ids)
    assert gate.batches == [[1], [12], [14], [10], [11]]


async def test_the_oldest_never_starves_among_rows_that_fit_each_other_better() -> None:
    gate = Gate()
    with working(Lengths(), gate, batching={"max_batch_size": 8}) as executor:
        asking = Asking(executor)
        gate.close()
        held = asking.ask([1])
        await entered(gate)
        odd = asking.ask([900])
        short = asking.ask(*([5] for _ in range(64)))
        gate.open()
        await asking.outputs(held + odd + short)
    assert gate.batches[1] == [900]


async def test_an_idle_model_waits_for_company_only_when_told() -> None:
    gate = Gate()
    with working(Lengths(), gate, batching={"wait_ms": 1000, "max_batch_size": 2}) as executor:
        asking = Asking(executor)
        began = time.monotonic()
        ids = asking.ask([3])
        await asyncio.sleep(0.02)
        assert gate.batches == []
        await asking.outputs(ids + asking.ask([3]))
        assert time.monotonic() - began < 0.8
    assert gate.batches == [[3, 3]]


async def test_the_wait_for_company_ends() -> None:
    gate = Gate()
    with working(Lengths(), gate, batching={"wait_ms": 50}) as executor:
        asking = Asking(executor)
        began = time.monotonic()
        await asking.outputs(asking.ask([3]))
        assert 0.05 <= time.monotonic() - began < 2


async def test_one_poisoned_item_among_eight(caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate()
    with working(Lengths(), gate) as executor, caplog.at_level(logging.ERROR):
        asking = Asking(executor)
        ids = asking.ask(*([POISON if index == 5 else 600 + index] for index in range(8)))
        ends = await asking.ends(ids)
    assert [end.output if isinstance(end, Done) else end for end in ends] == [
        FAULT if index == 5 else [(600 + index) ** 2] for index in range(8)
    ]
    [record] = caplog.records
    assert "RuntimeError" in record.getMessage()
    assert "forward" in record.getMessage()
    assert QUOTE not in caplog.text


async def test_faults_before_and_after_the_model_stay_with_their_item() -> None:
    with working(Lengths(), Gate()) as executor:
        asking = Asking(executor)
        negative, raising, unjoined, empty, fine = asking.ask([-1], [-2], [UNJOINABLE], [], [4])
        assert await asking.failure(negative) == Failure("validation", "must not be negative", "inputs")
        assert await asking.failure(raising) == FAULT
        assert await asking.failure(unjoined) == FAULT
        assert (await asking.failure(empty)).kind == "validation"
        assert await asking.outputs([fine]) == [[16]]


async def test_out_of_memory_halves_and_is_remembered() -> None:
    gate = Gate()
    gate.rows_in_memory = 3
    with working(Lengths(), gate, batching={"max_batch_size": 16}) as executor:
        asking = Asking(executor)
        assert await asking.outputs(asking.ask(*([5] for _ in range(16)))) == [[25]] * 16
        assert [len(batch) for batch in gate.batches] == [16, 8, 4, 2, 2, 4, 2, 2, 8, 4, 2, 2, 4, 2, 2]
        gate.batches.clear()
        assert await asking.outputs(asking.ask(*([5] for _ in range(16)))) == [[25]] * 16
        assert [len(batch) for batch in gate.batches] == [2] * 8


async def test_an_item_that_does_not_fit_alone_says_so() -> None:
    gate = Gate()
    gate.rows_in_memory = 0
    with working(Lengths(), gate) as executor:
        asking = Asking(executor)
        failure = await asking.failure(asking.ask([5])[0])
    assert failure == Failure("out_of_memory", "the input does not fit the memory of the device, not even alone")


async def test_what_expires_while_it_waits_is_never_run() -> None:
    gate = Gate()
    with working(Lengths(), gate) as executor:
        asking = Asking(executor)
        gate.close()
        held = asking.ask([1])
        await entered(gate)
        late, patient = asking.ask([2], left_s=0.02) + asking.ask([3])
        await asyncio.sleep(0.03)
        gate.open()
        assert await asking.failure(late) == EXPIRED
        assert await asking.outputs([*held, patient]) == [[1], [9]]
        assert await asking.failure(asking.ask([7], left_s=0)[0]) == EXPIRED
    assert gate.batches == [[1], [3]]


async def test_cancelled_items_hear_nothing() -> None:
    gate = Gate()
    with working(Lengths(), gate) as executor:
        asking = Asking(executor)
        gate.close()
        running = asking.ask([1])
        await entered(gate)
        queued, staying = asking.ask([2]) + asking.ask([3])
        executor.cancel(queued)
        executor.cancel(running[0])
        executor.cancel("never seen")
        assert executor.load().items == 1
        gate.open()
        assert await asking.outputs([staying]) == [[9]]
        assert executor.load().items == 0
    assert gate.batches == [[1], [3]]
    assert asking.heard == {running[0]: [], queued: [], staying: asking.heard[staying]}


async def test_two_items_with_one_id_both_get_their_answer() -> None:
    gate, ends = Gate(), []
    with working(Lengths(), gate) as executor:
        asking = Asking(executor)
        both = asyncio.Event()

        def sink(event: object) -> None:
            ends.append(event)
            if len(ends) == 2:
                both.set()

        executor.submit(Item("same", "predict", [2], Grouped(), 9), sink)
        executor.submit(Item("same", "predict", [3], Grouped(), 9), sink)
        await asyncio.wait_for(both.wait(), 5)
        assert asking.executor.load().items == 0
    assert sorted(end.output for end in ends if isinstance(end, Done)) == [[4], [9]]


async def test_close_hands_back_what_was_not_started_and_finishes_the_rest() -> None:
    gate = Gate()
    with working(Lengths(), gate, batching={"max_batch_size": 2}) as executor:
        asking = Asking(executor)
        gate.close()
        [spread] = asking.ask([4, 4, 4])
        await entered(gate)
        waiting = asking.ask([5], [6])
        closing = asyncio.create_task(asyncio.to_thread(executor.close, 5))
        for id in waiting:
            failure = await asking.failure(id)
            assert (failure.kind, failure.started) == ("not_ready", False)
        gate.open()
        assert [item.id for item in await closing] == waiting
        assert await asking.outputs([spread]) == [[16] * 3]
        late = await asking.failure(asking.ask([7])[0])
        assert (late.kind, late.started) == ("not_ready", False)
        assert executor.close(1) == []
    assert gate.batches == [[4, 4], [4]]


async def test_close_gives_up_on_what_outlasts_the_grace() -> None:
    gate = Gate()
    with working(Lengths(), gate) as executor:
        asking = Asking(executor)
        gate.close()
        [id] = asking.ask([4])
        await entered(gate)
        assert await asyncio.to_thread(executor.close, 0.02) == []
        failure = await asking.failure(id)
        assert (failure.kind, failure.started) == ("not_ready", True)
        gate.open()


async def test_the_watchdog_answers_everybody_and_gives_the_process_up() -> None:
    gate, stuck = Gate(), threading.Event()
    with working(Lengths(), gate, on_stuck=stuck.set, limits={"timeout_s": 0.1}) as executor:
        asking = Asking(executor)
        gate.close()
        [running] = asking.ask([4])
        await entered(gate)
        [queued] = asking.ask([5])
        failure = await asking.failure(running)
        assert (failure.kind, failure.started) == ("timeout", True)
        failure = await asking.failure(queued)
        assert (failure.kind, failure.started) == ("not_ready", False)
        assert not stuck.is_set(), "the replies had no time to leave"
        assert executor.load().stuck_s > 0.1
        assert await asyncio.to_thread(stuck.wait, 5)
        gate.open()
    assert asking.heard[running] == [Failure("timeout", "the model made no step within its time limit")]


async def test_the_watchdog_leaves_an_idle_and_a_slow_but_moving_model_alone() -> None:
    gate, stuck = Gate(), threading.Event()
    with working(Counting(), gate, on_stuck=stuck.set, limits={"timeout_s": 0.3}) as executor:
        asking = Asking(executor)
        await asyncio.sleep(0.35)
        gate.close()
        ids = asking.ask([6])
        for _ in range(6):
            await entered(gate)
            await asyncio.sleep(0.06)
            gate.open()
            gate.close()
        gate.open()
        assert await asking.outputs(ids) == [6]
        assert executor.load().stuck_s < 0.3
    assert not stuck.is_set()


async def test_a_thread_that_ends_gives_the_process_up(caplog: pytest.LogCaptureFixture) -> None:
    class Leaving(Gate):
        def forward(self, arrays: object, *others: object) -> dict[str, object]:  # type: ignore[override]
            raise SystemExit

    stuck = threading.Event()
    with working(Lengths(), Leaving(), on_stuck=stuck.set) as executor, caplog.at_level(logging.ERROR):
        asking = Asking(executor)
        assert (await asking.failure(asking.ask([4])[0])).kind == "internal"
        assert await asyncio.to_thread(stuck.wait, 5)
    assert "SystemExit" in caplog.text


async def test_a_sink_that_raises_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    def raising(event: object) -> None:
        raise RuntimeError("gone")

    with working(Lengths(), Gate()) as executor:
        asking = Asking(executor)
        executor.submit(Item("x", "predict", [2], Grouped(), 9), raising)
        assert await asking.outputs(asking.ask([3])) == [[9]]
    assert "a sink raised" in caplog.text


async def test_load_tells_items_age_and_rate() -> None:
    gate = Gate()
    with working(Lengths(), gate) as executor:
        asking = Asking(executor)
        assert executor.load() == (0, 0.0, 0.0, 0.0)
        gate.close()
        ids = asking.ask([4], [5], [6])
        await entered(gate)
        await asyncio.sleep(0.05)
        load = executor.load()
        assert load.items == 3
        assert 0.05 <= load.oldest_s < 5
        assert 0.04 <= load.stuck_s < 5
        gate.open()
        await asking.outputs(ids)
        assert executor.load().drained_per_s > 0.5


async def test_a_thousand_items_are_quick() -> None:
    with working(Lengths(), Gate()) as executor:
        asking = Asking(executor)
        began = time.monotonic()
        ids = [id for _ in range(25) for id in asking.ask(*([8] for _ in range(40)))]
        assert await asking.outputs(ids) == [[64]] * 1000
        assert time.monotonic() - began < 2


async def test_events_end_with_the_answer_and_leaving_them_cancels() -> None:
    gate = Gate()
    with working(Counting(), gate) as executor:
        heard = [event async for event in events(executor, Item("a", "stream", [3], Grouped(), 9))]
        assert heard[:2] == [Chunk("1"), Chunk("2")]
        assert isinstance(heard[2], Done)
        assert heard[2].output == 3
        leaving = events(executor, Item("b", "stream", [900_000], Grouped(), 9))
        assert await anext(leaving) == Chunk("1")
        await leaving.aclose()
        assert executor.load().items == 0


async def test_an_input_without_rows_is_refused_and_names_no_field() -> None:
    with working(Lengths(), Gate()) as executor:
        asking = Asking(executor)
        [id] = asking.ask([])
        assert await asking.failure(id) == Failure(
            "validation", "the input holds nothing that the model could work on", None, True
        )


async def test_a_row_too_large_for_the_memory_does_not_shrink_the_batches_of_others() -> None:
    gate = Gate()
    with working(Lengths(), gate, batching={"max_batch_tokens": 1000}) as executor:
        asking = Asking(executor)
        gate.rows_in_memory = 0
        [large] = asking.ask([500])
        assert (await asking.failure(large)).kind == "out_of_memory"
        gate.rows_in_memory = 10**9
        await asking.outputs(asking.ask(*([90] for _ in range(11))))
    assert [len(batch) for batch in gate.batches] == [1, 11]
