"""The generation executor on the stub that says every prompt again, and what it does seen from inside."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.errors import InvalidInput
from serve_app.replica.engines.stub import StubEngine
from serve_app.replica.engines.stub_sequences import StubSequences
from serve_app.replica.executors.generation import GenerationExecutor
from serve_app.tasks.sequences import Prompted, Token
from serve_app.types import Done
from tests.replica.harness import Asking, working

TASK = tasks.TASKS["text-generation"]


class Watching(StubSequences):
    """Remembers how many wrote side by side, in what order they joined, and what they hold."""

    sizes: list[int]
    joined: list[str]
    unwelcome: set[str]

    def join(self, sequence: Prompted) -> None:
        if sequence.id in self.unwelcome:
            raise InvalidInput("it cannot join", "grammar")
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
    kit = replace(engine.load(model, TASK), adapters=("a", "b"))
    assert engine._sequences is not None
    engine._sequences.__class__ = Watching
    sequences: Any = engine._sequences
    sequences.sizes, sequences.joined, sequences.unwelcome = [], [], set()
    with working(TASK, engine, kit, batching={"max_batch_size": rows}) as executor:
        assert isinstance(executor, GenerationExecutor)
        yield Served(executor, sequences)
