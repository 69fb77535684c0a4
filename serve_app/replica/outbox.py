"""The way from the inference thread back to the loop: every event reaches its sink there, and nowhere else."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from serve_app.rate import Rate
from serve_app.replica.jobs import Job
from serve_app.types import Chunk, Event

logger = logging.getLogger(__name__)


class Outbox:
    """The jobs that still owe an answer, and the delivery of what they get."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._open: dict[Job, None] = {}
        self._by_id: dict[str, Job] = {}
        self.drained = Rate()

    def jobs(self) -> list[Job]:
        """Every open job, oldest first; may be called from any thread."""
        return list(self._open)

    @property
    def busy(self) -> bool:
        return bool(self._open)

    def open(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._open[job] = None
            self._by_id[job.item.id] = job

    def cancel(self, id: str) -> None:
        if (job := self._by_id.get(id)) is not None:
            self._close(job)

    def send(self, events: Sequence[tuple[Job, Event]]) -> None:
        """Hand over from any thread, with one wake-up of the loop however many events there are."""
        if events:
            self._call(self._deliver, events)

    def flush(self, timeout_s: float) -> None:
        """Wait until everything sent so far has reached its sink, from any thread but the loop's."""
        delivered = threading.Event()
        self._call(delivered.set)
        delivered.wait(timeout_s)

    def _call(self, callback: Callable[..., None], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *args)
        except RuntimeError:
            logger.debug("the loop is closed, and whoever waited on it is gone")

    def _deliver(self, events: Sequence[tuple[Job, Event]]) -> None:
        answers = 0
        for job, event in events:
            if job.closed:
                continue
            if not isinstance(event, Chunk):
                self._close(job)
                answers += 1
            try:
                job.sink(event)
            except Exception:
                logger.exception("a sink raised")
        self.drained.add(answers, time.monotonic())

    def _close(self, job: Job) -> None:
        job.closed = True
        self._open.pop(job, None)
        if self._by_id.get(job.item.id) is job:
            del self._by_id[job.item.id]
