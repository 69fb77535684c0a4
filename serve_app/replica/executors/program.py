"""Tasks that are a loop over the model: one batch is one run of the loop, and every step may end an item."""

import math
import time
from collections.abc import Mapping, Sequence

from serve_app.config.schema import Model
from serve_app.errors import DeadlineExceeded
from serve_app.replica.jobs import Job, Piece
from serve_app.replica.worker import Worker
from serve_app.tasks.base import ProgramTask
from serve_app.types import Chunk, Done, Event


class ProgramExecutor(Worker[ProgramTask]):
    """Runs generation, translation, speech …; an item has one row, and a batch has one key."""

    def free_padding(self, model: Model) -> float:
        # The many steps after the prompts cost the same however the prompts differ.
        return math.inf

    def attempt(self, pieces: Sequence[Piece]) -> None:
        jobs = [piece.job for piece in pieces]
        rows = [piece.row for piece in pieces]
        longest = max(row.length for row in rows)
        began = time.monotonic()
        answered: set[int] = set()

        def tick(events: Mapping[int, Event]) -> frozenset[int]:
            self.pulse.beat()
            now = time.monotonic()
            for position, event in events.items():
                if not isinstance(event, Chunk):
                    answered.add(position)
                self._pass_on(jobs[position], event, now - began, len(jobs), longest)
            gone = frozenset(
                position for position, job in enumerate(jobs) if position not in answered and self._gone(job, now)
            )
            self.flush()
            return gone

        self.task.run([job.item for job in jobs], rows, self.kit, self.engine, tick)
        tick({})
        if any(not job.over for job in jobs):
            raise RuntimeError("the task ended without an answer for every item")

    def _pass_on(self, job: Job, event: Event, run_s: float, batch_size: int, longest: int) -> None:
        if job.over:
            return
        if isinstance(event, Chunk):
            self.say(job, event)
            return
        job.run_s, job.batch_size, job.padded_tokens = run_s, batch_size, longest
        if isinstance(event, Done):
            event = event._replace(timings=job.timings(time.monotonic()))
        self.settle(job, event)

    def _gone(self, job: Job, now: float) -> bool:
        if not job.over and now > job.deadline:
            self.settle(job, DeadlineExceeded("the time was over before the answer was whole").as_failure())
        return job.over
