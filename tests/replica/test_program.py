"""The program executor: what its steps tell, and what becomes of a loop that fails half-way."""

import time
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from serve_app.tasks.base import Arrays, Engine, Row, Tick
from serve_app.tasks.kit import Kit
from serve_app.types import Chunk, Done, Failure, Item
from tests.replica.harness import Asking, Counting, Gate, Grouped, entered, until, working


class FailingLater(Gate):
    """Raises at every forward that holds the given row, except for the first."""

    def __init__(self, row: int) -> None:
        super().__init__()
        self._row = row

    def forward(self, arrays: Arrays, outputs: Collection[str], positions: NDArray[np.int64] | None = None) -> Arrays:
        seen_before = any(self._row in batch for batch in self.batches)
        outputs = super().forward(arrays, outputs, positions)
        if seen_before and self._row in arrays["input_ids"]:
            raise RuntimeError
        return outputs


async def test_items_of_a_batch_end_each_in_its_time() -> None:
    gate = Gate()
    with working(Counting(), gate) as executor:
        asking = Asking(executor)
        ids = asking.ask([1], [3], [2])
        ends = await asking.ends(ids)
    assert [end.output for end in ends if isinstance(end, Done)] == [1, 3, 2]
    assert [end.timings.batch_size for end in ends if isinstance(end, Done)] == [3, 3, 3]
    assert gate.batches == [[1, 2, 3], [2, 3], [3]]


async def test_chunks_arrive_while_the_loop_runs() -> None:
    gate = Gate()
    with working(Counting(), gate) as executor:
        asking = Asking(executor)
        gate.close()
        [id] = asking.ask([2], verb="stream")
        await entered(gate)
        gate.open()
        gate.close()
        await entered(gate)
        await until(lambda: asking.heard[id])
        assert asking.heard[id] == [Chunk("1")]
        gate.open()
        assert isinstance(await asking.end(id), Done)
    assert [type(event) for event in asking.heard[id]] == [Chunk, Done]


async def test_keys_separate_and_lengths_do_not() -> None:
    gate = Gate()
    with working(Counting(), gate) as executor:
        asking = Asking(executor)
        gate.close()
        held = asking.ask([1])
        await entered(gate)
        ids = asking.ask([1], params=Grouped(group="a")) + asking.ask([400], [1], params=Grouped(group="b"))
        gate.open()
        await asking.outputs(held + ids)
    assert sorted(gate.batches[:3]) == [[1], [1], [1, 400]]


async def test_a_cancelled_row_stops_at_the_next_step() -> None:
    gate, task = Gate(), Counting()
    with working(task, gate) as executor:
        asking = Asking(executor)
        gate.close()
        held = asking.ask([1])
        await entered(gate)
        [leaving], [staying] = asking.ask([900_000], verb="stream"), asking.ask([10_000])
        gate.open()
        await until(lambda: asking.heard[leaving])
        executor.cancel(leaving)
        heard = len(asking.heard[leaving])
        assert await asking.outputs([*held, staying]) == [1, 10_000]
        assert len(asking.heard[leaving]) == heard
    assert gate.batches[-1] == [10_000]
    assert {len(gone) for gone in task.gone} == {0, 1}


async def test_time_that_ends_half_way() -> None:
    gate = Gate()
    with working(Counting(), gate) as executor:
        asking = Asking(executor)
        [id] = asking.ask([900_000], left_s=0.05)
        began = time.monotonic()
        failure = await asking.failure(id)
        assert failure == Failure("timeout", "the time was over before the answer was whole")
        assert time.monotonic() - began < 5
        assert await asking.outputs(asking.ask([2])) == [2]


async def test_after_a_fault_whoever_was_answered_stays_answered() -> None:
    gate = FailingLater(row=3)
    with working(Counting(), gate) as executor:
        asking = Asking(executor)
        quick, other, poisoned = asking.ask([1], [2], [3])
        ends = await asking.ends([quick, other, poisoned])
    assert [end.output for end in ends[:2] if isinstance(end, Done)] == [1, 2]
    assert isinstance(ends[2], Failure)
    assert ends[2].kind == "model_error"
    assert [len(asking.heard[id]) for id in (quick, other, poisoned)] == [1, 1, 1]
    assert [batch for batch in gate.batches if 1 in batch] == [[1, 2, 3]]


async def test_after_a_fault_a_stream_never_begins_again() -> None:
    gate = FailingLater(row=4)
    with working(Counting(), gate) as executor:
        asking = Asking(executor)
        gate.close()
        held = asking.ask([1])
        await entered(gate)
        [streaming], [plain, neighbour] = asking.ask([5], verb="stream"), asking.ask([4], [3])
        gate.open()
        await asking.outputs(held)
        assert (await asking.failure(streaming)).kind == "model_error"
        assert (await asking.failure(plain)).kind == "model_error"
        assert await asking.outputs([neighbour]) == [3]
    assert [type(event) for event in asking.heard[streaming]] == [Chunk, Failure]


async def test_out_of_memory_is_halved_and_remembered() -> None:
    gate = Gate()
    gate.rows_in_memory = 2
    with working(Counting(), gate) as executor:
        asking = Asking(executor)
        assert await asking.outputs(asking.ask(*([2] for _ in range(4)))) == [2] * 4
        gate.batches.clear()
        assert await asking.outputs(asking.ask(*([2] for _ in range(4)))) == [2] * 4
    assert max(len(batch) for batch in gate.batches) == 2


async def test_a_task_that_forgets_an_item_is_a_fault_of_that_item() -> None:
    class Forgetful(Counting):
        def run(self, items: Sequence[Item], rows: Sequence[Row], kit: Kit, engine: Engine, tick: Tick) -> None:
            tick({position: Done(0) for position, item in enumerate(items) if item.input != [7]})

    with working(Forgetful(), Gate()) as executor:
        asking = Asking(executor)
        forgotten, answered = asking.ask([7], [8])
        assert (await asking.failure(forgotten)).kind == "model_error"
        assert await asking.outputs([answered]) == [0]
    assert [len(events) for events in asking.heard.values()] == [1, 1]
