"""The heart of a replica: one thread that runs the model, one that prepares what runs next, and a watchdog."""

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from serve_app.config.schema import Model
from serve_app.errors import DeadlineExceeded, Internal, NotReady
from serve_app.replica.batches import Bounds, Pool
from serve_app.replica.faults import failure_of, log
from serve_app.replica.jobs import Job, Piece
from serve_app.replica.outbox import Outbox
from serve_app.replica.preparing import prepare
from serve_app.replica.queue import Queue, Turn
from serve_app.replica.watchdog import Pulse, Watchdog
from serve_app.tasks.base import Engine, Task
from serve_app.tasks.kit import Kit
from serve_app.types import Event, Failure, Item, Load, Sink

TaskT = TypeVar("TaskT", bound=Task)


class Worker(ABC, Generic[TaskT]):
    """What all executors share; a subclass says how one batch runs, and what padding costs."""

    hangs_after_s: ClassVar[float] = 5.0
    """However short a model's time limit: a batch may be slow so long before its process counts as hung."""
    linger_s: ClassVar[float] = 0.2
    """What the last replies get to leave the process before it ends."""

    def __init__(
        self,
        task: TaskT,
        engine: Engine,
        kit: Kit,
        model: Model,
        loop: asyncio.AbstractEventLoop,
        on_stuck: Callable[[], None],
    ) -> None:
        self.task, self.engine, self.kit = task, engine, kit
        self.pulse, self._helper_pulse = Pulse(), Pulse()
        self._bounds = Bounds(model.batching, self.free_padding(model))
        self._queue = Queue(Pool(self._bounds), model.batching.max_batch_size, model.batching.wait_ms / 1000)
        self._outbox = Outbox(loop)
        self._answers: list[tuple[Job, Event]] = []
        self._numbered, self._on_stuck = 0, on_stuck
        limit_s = max(model.limits.timeout_s, self.hangs_after_s)
        self._watchdog = Watchdog((self.pulse, self._helper_pulse), limit_s, self._hung)
        self._inference = threading.Thread(target=self._guarded, args=(self._infer,), name="inference", daemon=True)
        self._helper = threading.Thread(target=self._guarded, args=(self._help,), name="preparing", daemon=True)
        for each in (self._inference, self._helper, self._watchdog):
            each.start()

    @abstractmethod
    def attempt(self, pieces: Sequence[Piece]) -> None:
        """Run one batch and settle its jobs; raise, and whatever is not settled runs again in halves."""

    @abstractmethod
    def free_padding(self, model: Model) -> float:
        """How many tokens of padding cost no more than another batch would."""

    def submit(self, item: Item, sink: Sink) -> None:
        self.submit_all((item,), (sink,))

    def submit_all(self, items: Sequence[Item], sinks: Sequence[Sink]) -> None:
        now = time.monotonic()
        jobs = []
        for item, sink in zip(items, sinks, strict=True):
            self._numbered += 1
            jobs.append(Job(item, sink, now, now + item.left_s, self._numbered))
        self._outbox.open(jobs)
        if not self._queue.put(jobs):
            self._end((job, _never_started()) for job in jobs)

    def cancel(self, id: str) -> None:
        self._outbox.cancel(id)

    @property
    def busy(self) -> bool:
        return self._outbox.busy

    def load(self) -> Load:
        now = time.monotonic()
        jobs = self._outbox.jobs()
        stuck_s = max(self.pulse.still_s(), self._helper_pulse.still_s())
        return Load(len(jobs), now - jobs[0].arrived if jobs else 0.0, self._outbox.drained.per_second(now), stuck_s)

    def close(self, grace_s: float) -> list[Item]:
        if not self._queue.close():
            return []
        unstarted = [job for job in self._outbox.jobs() if not (job.started or job.over)]
        self._end((job, _never_started()) for job in unstarted)
        self._inference.join(grace_s)
        self._watchdog.stop()
        failure = NotReady("the replica was stopped before the answer was ready").as_failure()
        self._end((job, failure) for job in self._outbox.jobs())
        return [job.item for job in unstarted]

    def settle(self, job: Job, event: Event) -> None:
        """The job's last event; it leaves with the next `flush`."""
        job.settled = True
        self._answers.append((job, event))

    def say(self, job: Job, event: Event) -> None:
        """One event of several; the job must not run again."""
        job.streamed = True
        self._answers.append((job, event))

    def flush(self) -> None:
        """Send what the inference thread has gathered, with one wake-up of the loop."""
        if self._answers:
            answers, self._answers = self._answers, []
            self._outbox.send(answers)

    def _infer(self) -> None:
        while (turn := self._queue.turn()) is not None:
            self.pulse.beat()
            self._prepare(turn)
            self._run(turn.batch)
            self.pulse.rest()

    def _help(self) -> None:
        while (turn := self._queue.arrivals()) is not None:
            self._helper_pulse.beat()
            self._prepare(turn)
            self._helper_pulse.rest()

    def _prepare(self, turn: Turn) -> None:
        late = DeadlineExceeded("the time was over before the model was free")
        self._end((job, late.as_failure(job.started)) for job in turn.expired)
        if turn.arrivals:
            began = time.monotonic()
            prepared = prepare(turn.arrivals, self.task, self.kit)
            took_s = time.monotonic() - began
            for job in turn.arrivals:
                job.prepare_s = took_s
            self._queue.ready(prepared.pieces)
            self._end(prepared.failures)

    def _run(self, batch: Sequence[Piece]) -> None:
        pending = [batch] if batch else []
        while pending:
            pieces = [piece for piece in pending.pop() if not piece.job.over]
            if not pieces:
                continue
            self.pulse.beat()
            try:
                self.attempt(pieces)
            except Exception as error:
                pending += self._halves(pieces, error)
            else:
                self._bounds.grow(pieces)
            self.flush()

    def _halves(self, pieces: Sequence[Piece], error: Exception) -> list[list[Piece]]:
        """What runs again after a fault; a job that was alone with it, or cannot run twice, gets it as its answer."""
        if isinstance(error, MemoryError) and len(pieces) > 1:
            self._bounds.shrink(pieces)
        left = [piece for piece in pieces if not piece.job.over]
        lost = {piece.job: None for piece in left if len(pieces) == 1 or piece.job.streamed}
        if lost:
            failure = failure_of(error)
            for job in lost:
                self.settle(job, failure)
        again = [piece for piece in left if piece.job not in lost]
        middle = (len(again) + 1) // 2
        return [half for half in (again[middle:], again[:middle]) if half]

    def _end(self, failures: Iterable[tuple[Job, Failure]]) -> None:
        """Answer from any thread; a job that has heard its end already hears nothing."""
        events = list(failures)
        for job, _ in events:
            job.settled = True
        self._outbox.send(events)

    def _hung(self) -> None:
        self._abandon(DeadlineExceeded("the model made no step within its time limit").as_failure())

    def _guarded(self, stages: Callable[[], None]) -> None:
        try:
            stages()
        except BaseException as error:
            log(error)
            self._abandon(Internal("the model's process failed and is being replaced").as_failure())

    def _abandon(self, failure: Failure) -> None:
        """Give this process up: what runs gets `failure`, what waits may be sent again, and then `on_stuck`."""
        self._queue.close()
        self._watchdog.stop()
        self._end((job, failure if job.started else _never_started()) for job in self._outbox.jobs())
        self._outbox.flush(timeout_s=1.0)
        time.sleep(self.linger_s)
        self._on_stuck()


def _never_started() -> Failure:
    return NotReady("the replica is stopping; the item was not started").as_failure(started=False)
