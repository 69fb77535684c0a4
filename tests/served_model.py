"""A task and the torch engine around one folder, without worker or server: what goes in, what comes out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.replica.engines.torch import TorchEngine
from serve_app.tasks.base import Engine, ProgramTask, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.types import Chunk, Done, Event, Item


class ServedModel:
    """Every call runs its texts as one batch."""

    def __init__(self, folder: Path, word: str, **entry: Any) -> None:
        # A second thread costs models this small more than it brings.
        entry.setdefault("resources", {"num_threads": 1})
        task = tasks.find(word)
        assert task is not None
        self.task = task
        self.engine = TorchEngine()
        self.kit: Kit = self.engine.load(Model(name="tiny", hf_model_name=str(folder), hf_task=word, **entry), task)

    def items(self, texts: Sequence[str], params: Sequence[Mapping[str, Any]], verb: Any = "predict") -> list[Item]:
        return [
            Item(str(index), verb, text, self.task.Params.model_validate(dict(given)), 60)
            for index, (text, given) in enumerate(zip(texts, params, strict=True))
        ]

    def rows(self, items: Sequence[Item]) -> list[Row]:
        """The single row of each item; what is wrong with an item is raised."""
        rows = []
        for expanded in self.task.expand(items, self.kit):
            if isinstance(expanded, Exception):
                raise expanded
            rows.append(expanded[0])
        return rows

    def predict(self, texts: Sequence[str], **params: Any) -> list[Any]:
        items = self.items(texts, [params] * len(texts))
        rows = self.rows(items)
        if isinstance(self.task, RowTask):
            outputs = self.engine.forward(self.task.collate(rows, self.kit))
            split = self.task.split(outputs, len(rows))
            return [
                self.task.join(item, [row], [out], self.kit) for item, row, out in zip(items, rows, split, strict=True)
            ]
        return [done.output["generated_text"] for _, done in write(self.task, items, rows, self.kit, self.engine)]

    def stream(self, texts: Sequence[str], params: Sequence[Mapping[str, Any]]) -> list[tuple[list[Chunk], Done]]:
        items = self.items(texts, params, "stream")
        return write(self.task, items, self.rows(items), self.kit, self.engine)


def write(
    task: Any,
    items: Sequence[Item],
    rows: Sequence[Row],
    kit: Kit,
    engine: Engine,
    leave: Mapping[int, int] | None = None,
) -> list[tuple[list[Chunk], Done]]:
    """Run a program; position N leaves after `leave[N]` ticks. The chunks of each item and its `Done`."""
    assert isinstance(task, ProgramTask)
    chunks: dict[int, list[Chunk]] = {position: [] for position in range(len(items))}
    dones: dict[int, Done] = {}
    ticks = 0

    def tick(events: Mapping[int, Event]) -> frozenset[int]:
        nonlocal ticks
        ticks += 1
        for position, event in events.items():
            assert position not in dones, "news after the end"
            if isinstance(event, Chunk):
                chunks[position].append(event)
            else:
                assert isinstance(event, Done)
                dones[position] = event
        return frozenset(position for position, after in (leave or {}).items() if ticks >= after)

    task.run(items, rows, kit, engine, tick)
    return [(chunks[position], dones.get(position, Done(None))) for position in range(len(items))]
