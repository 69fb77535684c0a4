"""Two small tasks and an engine with a gate, so that tests decide when the model is busy."""

import asyncio
import threading
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from serve_app.config.schema import Model
from serve_app.errors import InvalidInput
from serve_app.replica.executors import executor_for
from serve_app.replica.executors.base import Executor
from serve_app.tasks.base import Arrays, Engine, OnStep, Params, ProgramTask, Row, RowTask, Task, Tick
from serve_app.tasks.kit import Kit
from serve_app.tasks.sequences import Prompted
from serve_app.types import Chunk, Done, Event, Failure, Item

KIT = Kit(tokenizer=None, max_input_tokens=1000, max_total_tokens=1000)
POISON = 666
UNJOINABLE = 777
QUOTE = "secret words of a caller"


class Grouped(Params):
    group: str = ""


class Lengths(RowTask):
    """`[3, 5]` becomes a row of three threes and one of five fives; the answer is each row's sum."""

    name, answer, listed, auto_model = "lengths", "sums", False, ""
    outputs = ("sum",)
    Input: ClassVar[Any] = list[int]
    Params = Grouped
    Output: ClassVar[Any] = list[int]

    def __init__(self) -> None:
        self.expanded: list[int] = []

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        self.expanded.append(len(items))
        if any(-2 in item.input for item in items):
            raise RuntimeError("raised for all of them")
        return [_rows(item) for item in items]

    def key(self, params: Any) -> Hashable:
        return str(params.group)

    def join(self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit) -> list[int]:
        if UNJOINABLE in item.input:
            raise RuntimeError("cannot be joined")
        return [int(out["sum"]) for out in outs]

    def example(self) -> tuple[Any, dict[str, Any]]:
        return [1], {}


class Counting(ProgramTask):
    """`[3]` takes three steps, says 1, 2, 3 on the way and answers 3."""

    name, answer, listed, auto_model = "counting", "count", False, ""
    Input: ClassVar[Any] = list[int]
    Params = Grouped
    Output: ClassVar[Any] = int

    def __init__(self) -> None:
        self.gone: list[frozenset[int]] = []

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        return [[Row({}, min(item.input[0], 400))] for item in items]

    def key(self, params: Any) -> Hashable:
        return str(params.group)

    def run(self, items: Sequence[Item], rows: Sequence[Row], kit: Kit, engine: Engine, tick: Tick) -> None:
        wanted = dict(enumerate(items))
        step = 0
        while wanted:
            step += 1
            engine.forward({"input_ids": np.array([item.input for item in wanted.values()])}, ())
            events: dict[int, Event] = {}
            for position, item in list(wanted.items()):
                if step == item.input[0]:
                    events[position] = Done(step)
                    del wanted[position]
                elif item.verb == "stream":
                    events[position] = Chunk(str(step))
            gone = tick(events)
            self.gone.append(gone)
            for position in gone:
                wanted.pop(position, None)

    def example(self) -> tuple[Any, dict[str, Any]]:
        return [1], {}


class Gate(Engine):
    """Sums rows; a closed gate holds every forward until it opens."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.rows_in_memory = 10**9
        self.entered = threading.Semaphore(0)
        self._open = threading.Event()
        self._open.set()

    def close(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    def forward(self, arrays: Arrays, outputs: Collection[str], positions: NDArray[np.int64] | None = None) -> Arrays:
        ids = arrays["input_ids"]
        self.batches.append([int(row.max()) for row in ids])
        self.entered.release()
        self._open.wait()
        if len(ids) > self.rows_in_memory:
            raise MemoryError
        if (ids == POISON).any():
            raise RuntimeError(QUOTE)
        return {"sum": ids.sum(axis=1)}

    def generate(self, sequences: Sequence[Prompted], search: Mapping[str, Any], on_step: OnStep) -> list[list[int]]:
        raise NotImplementedError


class Asking:
    """Submits items and gathers what each hears."""

    def __init__(self, executor: Executor, input_params: Params | None = None) -> None:
        self.executor = executor
        self.heard: dict[str, list[Event]] = {}
        self._params = input_params or Grouped()
        self._ends: dict[str, asyncio.Future[Event]] = {}

    def ask(self, *inputs: Any, params: Params | None = None, **fields: Any) -> list[str]:
        """Submit as one envelope; the ids count up."""
        items = []
        for input in inputs:
            id = str(len(self._ends))
            self.heard[id], self._ends[id] = [], asyncio.get_running_loop().create_future()
            left_s = fields.get("left_s", 30.0)
            rest = {name: value for name, value in fields.items() if name not in {"left_s", "verb"}}
            items.append(Item(id, fields.get("verb", "predict"), input, params or self._params, left_s, **rest))
        self.executor.submit_all(items, [self._sink(item.id) for item in items])
        return [item.id for item in items]

    async def end(self, id: str) -> Event:
        return await asyncio.wait_for(asyncio.shield(self._ends[id]), 30)

    async def ends(self, ids: Sequence[str]) -> list[Event]:
        return [await self.end(id) for id in ids]

    async def outputs(self, ids: Sequence[str]) -> list[Any]:
        ends = await self.ends(ids)
        assert all(isinstance(end, Done) for end in ends), ends
        return [end.output for end in ends if isinstance(end, Done)]

    async def failure(self, id: str) -> Failure:
        end = await self.end(id)
        assert isinstance(end, Failure), end
        return end

    def _sink(self, id: str) -> Callable[[Event], None]:
        def sink(event: Event) -> None:
            self.heard[id].append(event)
            if not isinstance(event, Chunk):
                self._ends[id].set_result(event)

        return sink


@contextmanager
def working(
    task: Task, engine: Engine, kit: Kit = KIT, on_stuck: Callable[[], None] = lambda: None, **config: Any
) -> Iterator[Executor]:
    """An executor on the running loop, ended with the test."""
    model = Model(name="m", hf_model_name="stub", **config)
    executor = executor_for(task, engine, kit, model, asyncio.get_running_loop(), on_stuck)
    try:
        yield executor
    finally:
        if isinstance(engine, Gate):
            engine.open()
        executor.close(5)


async def entered(gate: Gate) -> None:
    """Wait until the next forward has begun."""
    assert await asyncio.to_thread(gate.entered.acquire, timeout=30)


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came to be")


def _rows(item: Item) -> list[Row] | Exception:
    if -1 in item.input:
        return InvalidInput("must not be negative", "inputs")
    return [Row({"input_ids": np.full(length, length)}, length) for length in item.input]
