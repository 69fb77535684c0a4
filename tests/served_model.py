"""A task and the torch engine around one folder, without worker or server: what goes in, what comes out."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.replica.engines.torch import TorchEngine
from serve_app.tasks.base import Engine, ProgramTask, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.types import Chunk, Done, Event, Item


class ServedModel:
    """Every call runs its inputs as one batch, or as one for each group of rows that may share a forward."""

    def __init__(self, folder: Path, word: str, **entry: Any) -> None:
        # A second thread costs models this small more than it brings.
        entry.setdefault("resources", {"num_threads": 1})
        task = tasks.find(word)
        assert task is not None
        self.task = task
        self.engine = TorchEngine()
        self.kit: Kit = self.engine.load(Model(name="tiny", hf_model_name=str(folder), hf_task=word, **entry), task)
        self.task = task = task.variant(self.kit.whole_config)
        task.check(self.kit)

    def items(self, inputs: Sequence[Any], params: Sequence[Mapping[str, Any]], verb: Any = "predict") -> list[Item]:
        return [
            Item(str(index), verb, value, self.task.Params.model_validate(dict(given)), 60)
            for index, (value, given) in enumerate(zip(inputs, params, strict=True))
        ]

    def expanded(self, items: Sequence[Item]) -> list[list[Row]]:
        """The rows of each item; what is wrong with an item is raised."""
        rows = []
        for expanded in self.task.expand(items, self.kit):
            if isinstance(expanded, Exception):
                raise expanded
            rows.append(expanded)
        return rows

    def rows(self, items: Sequence[Item]) -> list[Row]:
        """The single row of each item."""
        return [row for [row] in self.expanded(items)]

    def predict(self, inputs: Sequence[Any], **params: Any) -> list[Any]:
        return self.predict_each(inputs, [params] * len(inputs))

    def predict_each(self, inputs: Sequence[Any], params: Sequence[Mapping[str, Any]]) -> list[Any]:
        items = self.items(inputs, params)
        if not isinstance(self.task, RowTask):
            return [output[self.task.answer] if isinstance(output, dict) else output for output in self._written(items)]
        expanded = self.expanded(items)
        outs = iter(self._outs(self.task, [row for rows in expanded for row in rows]))
        return [
            self.task.join(item, rows, [next(outs) for _ in rows], self.kit)
            for item, rows in zip(items, expanded, strict=True)
        ]

    def _outs(self, task: RowTask, rows: Sequence[Row]) -> list[Mapping[str, NDArray[Any]]]:
        """What the model says of each row."""
        outs: dict[int, Mapping[str, NDArray[Any]]] = {}
        for places in _together(rows):
            batch = [rows[place] for place in places]
            outputs = self.engine.forward(task.collate(batch, self.kit), task.outputs, task.positions(batch))
            outs |= zip(places, task.split(outputs, batch), strict=True)
        return [outs[place] for place in range(len(rows))]

    def _written(self, items: Sequence[Item]) -> list[Any]:
        """What a program answers."""
        rows = self.rows(items)
        outputs: dict[int, Any] = {}
        for places in _together(rows):
            batch = [rows[place] for place in places]
            told = write(self.task, [items[place] for place in places], batch, self.kit, self.engine)
            outputs |= {place: done.output for place, (_, done) in zip(places, told, strict=True)}
        return [outputs[place] for place in range(len(rows))]

    def stream(self, texts: Sequence[Any], params: Sequence[Mapping[str, Any]]) -> list[tuple[list[Chunk], Done]]:
        items = self.items(texts, params, "stream")
        return write(self.task, items, self.rows(items), self.kit, self.engine)


def _together(rows: Sequence[Row]) -> list[list[int]]:
    """The places of the rows that may share a forward."""
    groups: dict[Hashable, list[int]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(row.group, []).append(place)
    return list(groups.values())


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
