"""The stage before the model: items become rows, all with one call, and one at fault harms no other."""

from collections.abc import Sequence
from typing import NamedTuple

from serve_app.errors import InvalidInput
from serve_app.replica.faults import failure_of
from serve_app.replica.jobs import Job, Piece
from serve_app.tasks.base import Row, Task
from serve_app.tasks.kit import Kit
from serve_app.types import Failure


class Prepared(NamedTuple):
    """What can run, and what is already answered."""

    pieces: list[Piece]
    failures: list[tuple[Job, Failure]]


def prepare(jobs: Sequence[Job], task: Task, kit: Kit) -> Prepared:
    """Expand all jobs at once."""
    prepared = Prepared([], [])
    for job, rows in zip(jobs, _expand(jobs, task, kit), strict=True):
        try:
            if isinstance(rows, Exception):
                raise rows
            if not rows:
                raise InvalidInput("the input holds nothing that the model could work on")
            job.key = task.key(job.item.params)
            hash((job.key, *(row.group for row in rows)))
        except Exception as error:
            prepared.failures.append((job, failure_of(error)))
        else:
            job.rows = rows
            prepared.pieces.extend(Piece(job, position, row) for position, row in enumerate(rows))
    return prepared


def _expand(jobs: Sequence[Job], task: Task, kit: Kit) -> list[list[Row] | Exception]:
    try:
        expanded = task.expand([job.item for job in jobs], kit)
        if len(expanded) != len(jobs):
            raise ValueError(f"{task.name} expanded {len(jobs)} items into {len(expanded)} lists of rows")
        return expanded
    except Exception as error:
        if len(jobs) == 1:
            return [error]
        return [rows for job in jobs for rows in _expand([job], task, kit)]
