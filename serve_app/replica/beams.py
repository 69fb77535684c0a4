"""Beams weigh whole answers, which no running batch can: a call of its own, and the others go on between its steps."""

import time
from collections.abc import Callable, Mapping

from serve_app.errors import DeadlineExceeded
from serve_app.replica.jobs import Job, Piece
from serve_app.tasks.base import Engine, ProgramTask
from serve_app.tasks.kit import Kit
from serve_app.types import Done, Event


def search(
    task: ProgramTask,
    piece: Piece,
    kit: Kit,
    engine: Engine,
    tell: Callable[[Job, Event], None],
    others: Callable[[], None],
) -> None:
    """Answer one item; `others` is called after every step."""
    job = piece.job

    def tick(events: Mapping[int, Event]) -> frozenset[int]:
        for event in events.values():
            tell(job, event._replace(timings=job.timings(time.monotonic())) if isinstance(event, Done) else event)
        if time.monotonic() > job.deadline and not job.over:
            tell(job, DeadlineExceeded("the time was over before the answer was whole").as_failure())
        others()
        return frozenset({0}) if job.over else frozenset()

    task.run([job.item], [piece.row], kit, engine, tick)
