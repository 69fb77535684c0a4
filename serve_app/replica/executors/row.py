"""Tasks of one forward a batch: rows in, rows out, and an answer when an item's last row is done."""

import time
from collections.abc import Sequence

from serve_app.config.schema import Model
from serve_app.replica.faults import failure_of
from serve_app.replica.jobs import Job, Piece
from serve_app.replica.worker import Worker
from serve_app.tasks.base import RowTask
from serve_app.types import Done, Event


class RowExecutor(Worker[RowTask]):
    """Runs classifiers, embeddings, detection …; an item's rows may spread over several batches."""

    def free_padding(self, model: Model) -> float:
        # A processor is busy with every token; a device with thousands of lanes would else stand idle between batches.
        return 64 if model.hf_device == "cpu" else 2048

    def attempt(self, pieces: Sequence[Piece]) -> None:
        began = time.monotonic()
        rows = [piece.row for piece in pieces]
        arrays = self.task.collate(rows, self.kit)
        outputs = self.engine.forward(arrays, self.task.outputs, self.task.positions(rows))
        outs = self.task.split(outputs, rows)
        ran = time.monotonic()
        longest = max(row.length for row in rows)
        for piece, out in zip(pieces, outs, strict=True):
            piece.job.outs[piece.position] = out
            piece.job.padded_tokens += longest
        for job in {piece.job: None for piece in pieces}:
            job.run_s += ran - began
            job.batch_size = len(pieces)
            if len(job.outs) == len(job.rows) and not job.closed:
                self.settle(job, self._join(job, ran))

    def _join(self, job: Job, ran: float) -> Event:
        try:
            outs = [job.outs[position] for position in range(len(job.rows))]
            output = self.task.join(job.item, job.rows, outs, self.kit)
        except Exception as error:
            return failure_of(error)
        finished = time.monotonic()
        return Done(output, job.timings(finished, finished - ran))
