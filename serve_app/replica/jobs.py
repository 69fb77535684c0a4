"""An item on its way through the worker, and the rows it was expanded into."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from numpy.typing import NDArray

from serve_app.tasks.base import Row
from serve_app.types import Item, Sink, Timings


@dataclass(slots=True, eq=False)
class Job:
    """One item and what is known of it so far; each flag has one writer, so that none needs a lock of its own."""

    item: Item
    sink: Sink
    arrived: float
    deadline: float
    number: int
    key: Hashable = None
    rows: list[Row] = field(default_factory=list)
    outs: dict[int, Mapping[str, NDArray[Any]]] = field(default_factory=dict)
    started: bool = False
    """A row of it is or was in a batch: written by the inference thread, under the worker's lock."""
    streamed: bool = False
    """It sent chunks, so that it must not run again: written by the inference thread."""
    settled: bool = False
    """Its answer is on its way to the loop: written by whoever found the answer."""
    closed: bool = False
    """It heard its last event or was cancelled: written on the loop."""
    prepare_s: float = 0.0
    run_s: float = 0.0
    batch_size: int = 0
    padded_tokens: int = 0

    @property
    def over(self) -> bool:
        return self.closed or self.settled

    @property
    def rank(self) -> tuple[int, int]:
        """What goes first: the higher priority, then the older."""
        return -self.item.priority, self.number

    def timings(self, finished: float, finish_s: float = 0.0) -> Timings:
        """Whatever was neither preparing, running nor finishing was waiting."""
        queue_s = finished - self.arrived - self.prepare_s - self.run_s - finish_s
        tokens = sum(row.length for row in self.rows)
        return Timings(
            max(0.0, queue_s), self.prepare_s, self.run_s, finish_s, self.batch_size, tokens, self.padded_tokens
        )


class Piece(NamedTuple):
    """One row of a job, which is what batches are made of."""

    job: Job
    position: int
    row: Row

    @property
    def company(self) -> Hashable:
        """Pieces with equal values may share a forward."""
        return self.job.key, self.row.group
