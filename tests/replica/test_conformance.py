"""Every task on its executor, with the stub for an engine: what all of them owe to whoever asks."""

import asyncio
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from serve_app.config.schema import Model
from serve_app.replica.engines.stub import StubEngine
from serve_app.replica.executors import EXECUTORS
from serve_app.replica.executors.generation import GenerationExecutor
from serve_app.tasks import TASKS
from serve_app.tasks.base import Arrays, Gone, OnStep, Params, Task
from serve_app.tasks.sequences import Prompted
from serve_app.tasks.text.generating import GeneratingTask
from serve_app.types import Chunk, Done, Item
from tests.replica.harness import Asking, until, working
from tests.replica.marking import ONE_AFTER_THE_OTHER, marked, taken

SLOW_S = 0.2


class Served:
    """A task at work on the stub, asked with variations of its own example."""

    def __init__(self, task: Task, engine: "Watched", asking: Asking, params: Params, rows_each: int) -> None:
        self.asking, self.params = asking, params
        self.executor = asking.executor
        self.rows_each = rows_each
        self._task, self._example, self._engine = task, task.example()[0], engine

    def input(self, *marks: str) -> Any:
        return taken(self._task, marked(self._example, marks))

    def ask(self, *marks: str, **fields: Any) -> str:
        [id] = self.asking.ask(self.input(*marks), params=self.params, **fields)
        return id

    async def busy(self) -> str:
        """An item that holds the model for a while, and runs by now."""
        id = self.ask("[slow]")
        await until(self._engine.entered.is_set)
        return id


class Watched(StubEngine):
    """Tells when it is at work."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()

    def forward(self, arrays: Arrays, outputs: Collection[str], positions: NDArray[np.int64] | None = None) -> Arrays:
        self.entered.set()
        return super().forward(arrays, outputs, positions)

    def generate(self, sequences: Sequence[Prompted], search: Mapping[str, Any], on_step: OnStep) -> list[list[int]]:
        self.entered.set()
        return super().generate(sequences, search, on_step)

    def call(
        self, method: str, arrays: Arrays, settings: Mapping[str, Any], on_step: Gone, seed: int | None = None
    ) -> Arrays:
        self.entered.set()
        return super().call(method, arrays, settings, on_step, seed)

    def _welcome(self, prompts: Sequence[Sequence[int]], rows: int) -> None:
        self.entered.set()
        super()._welcome(prompts, rows)


@contextmanager
def serving(task: Task, params: dict[str, Any] | None = None, **options: Any) -> Iterator[Served]:
    engine = Watched()
    options = {"slow_s": SLOW_S, **options}
    kit = engine.load(Model(name="m", hf_model_name="stub", engine="stub", engine_options=options), task)
    given = task.Params(**(task.example()[1] if params is None else params))
    [expanded] = task.expand([Item("0", "predict", taken(task, task.example()[0]), given, 60)], kit)
    assert isinstance(expanded, list)
    with working(task, engine, kit) as executor:
        yield Served(task, engine, Asking(executor), given, len(expanded))


@pytest.fixture(params=TASKS)
def task(request: pytest.FixtureRequest) -> Task:
    return TASKS[request.param]


def test_every_executor_has_a_task_here() -> None:
    assert {task.executor for task in TASKS.values()} == set(EXECUTORS)
    assert any(isinstance(task, GeneratingTask) and not task.own_output for task in TASKS.values())


async def test_the_same_answer_alone_and_in_company(task: Task) -> None:
    with serving(task) as served:
        alone = [await served.asking.end(served.ask("x" * count)) for count in range(8)]
        inputs = [served.input("x" * count) for count in range(8)]
        together = await served.asking.ends(served.asking.ask(*inputs, params=served.params))
    assert [str(end.output) for end in together if isinstance(end, Done)] == [
        str(end.output) for end in alone if isinstance(end, Done)
    ]
    sizes = [end.timings.batch_size for end in together if isinstance(end, Done)]
    assert sizes == [8 * served.rows_each] * 8


async def test_cancel_queued(task: Task) -> None:
    with serving(task) as served:
        running = await served.busy()
        queued, staying = served.ask(), served.ask()
        served.executor.cancel(queued)
        assert served.executor.load().items == 2
        for end in await served.asking.ends([running, staying]):
            assert isinstance(end, Done)
            # In a running batch the next one joins before the first is done.
            if not isinstance(served.executor, GenerationExecutor):
                assert end.timings.batch_size == served.rows_each
    assert served.asking.heard[queued] == []


async def test_cancel_running(task: Task) -> None:
    with serving(task) as served:
        running = await served.busy()
        served.executor.cancel(running)
        assert served.executor.load().items == 0
        assert isinstance(await served.asking.end(served.ask()), Done)
    assert served.asking.heard[running] == []


async def test_poison(task: Task) -> None:
    with serving(task) as served:
        expected = await served.asking.end(served.ask())
        inputs = [served.input(*(["[fail]"] if index == 5 else [])) for index in range(8)]
        ends = await served.asking.ends(served.asking.ask(*inputs, params=served.params))
        failure = await served.asking.failure(str(1 + 5))
    assert isinstance(expected, Done)
    assert (failure.kind, failure.message) == ("model_error", "the model failed on this input")
    answers = [str(end.output) for end in ends if isinstance(end, Done)]
    assert answers == [str(expected.output)] * 7


async def test_out_of_memory(task: Task) -> None:
    with serving(task, oom_above_rows=3) as served:
        ids = served.asking.ask(*(served.input() for _ in range(8)), params=served.params)
        sizes = [end.timings.batch_size for end in await served.asking.ends(ids) if isinstance(end, Done)]
    assert len(sizes) == 8
    assert set(sizes) <= {1, 2, 3} or task.name in ONE_AFTER_THE_OTHER
    with serving(task, oom_above_rows=0) as served:
        assert (await served.asking.failure(served.ask())).kind == "out_of_memory"


async def test_deadline(task: Task) -> None:
    with serving(task) as served:
        running = await served.busy()
        late = served.ask(left_s=SLOW_S / 5)
        failure = await served.asking.failure(late)
        assert (failure.kind, failure.started) == ("timeout", False)
        assert isinstance(await served.asking.end(running), Done)


async def test_close(task: Task) -> None:
    with serving(task) as served:
        running = await served.busy()
        queued = [served.ask(), served.ask()]
        back = await asyncio.to_thread(served.executor.close, 5)
        assert [item.id for item in back] == queued
        for id in queued:
            failure = await served.asking.failure(id)
            assert (failure.kind, failure.started) == ("not_ready", False)
        assert isinstance(await served.asking.end(running), Done)


WRITING = [name for name, task in TASKS.items() if isinstance(task, GeneratingTask)]


@pytest.mark.parametrize("name", WRITING)
async def test_a_stream_that_is_left_stops_at_the_next_step(name: str) -> None:
    with serving(TASKS[name], {"max_new_tokens": 1000}, step_s=0.005) as served:
        long = "words " * 100
        leaving = served.ask(long, verb="stream")
        await until(lambda: served.asking.heard[leaving])
        served.executor.cancel(leaving)
        heard = len(served.asking.heard[leaving])
        began = time.monotonic()
        short = served.ask(verb="stream")
        end = await served.asking.end(short)
        assert isinstance(end, Done)
        assert time.monotonic() - began < 2, "the cancelled one alone would have taken three seconds"
    assert len(served.asking.heard[leaving]) == heard
    chunks = [event.text for event in served.asking.heard[short] if isinstance(event, Chunk)]
    asked = served.input()
    # A prompt with images is put into the words of a conversation.
    assert "".join(chunks) == asked if isinstance(asked, str) else asked["text"] in "".join(chunks)


@pytest.mark.parametrize("name", WRITING)
async def test_a_deadline_ends_what_runs(name: str) -> None:
    with serving(TASKS[name], {"max_new_tokens": 1000}, step_s=0.005) as served:
        began = time.monotonic()
        late = served.ask("words " * 100, left_s=0.1)
        failure = await served.asking.failure(late)
        assert (failure.kind, failure.started) == ("timeout", True)
        assert 0.1 <= time.monotonic() - began < 2.5
