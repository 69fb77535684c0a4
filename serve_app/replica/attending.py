"""What every executor does around its loop: takes items, answers each once, and keeps an eye on its threads."""

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Generic, Protocol, TypeVar

from serve_app.config.schema import Model
from serve_app.errors import DeadlineExceeded, Internal, NotReady
from serve_app.replica.faults import log
from serve_app.replica.jobs import Job
from serve_app.replica.outbox import Outbox
from serve_app.replica.watchdog import Pulse, Watchdog
from serve_app.tasks.base import Engine, Task
from serve_app.tasks.kit import Kit
from serve_app.types import Event, Failure, Item, Load, Sink

TaskT = TypeVar("TaskT", bound=Task)


class Inbox(Protocol):
    """Where jobs wait for the threads."""

    def put(self, jobs: Sequence[Job]) -> bool:
        """Take arrivals; false when closed."""

    def close(self) -> bool:
        """Forget what was never started; false when this was done before."""


class Attending(ABC, Generic[TaskT]):
    """A subclass brings the inbox and two loops: one that runs the model, one that prepares what it runs next."""

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
        inbox: Inbox,
        loop: asyncio.AbstractEventLoop,
        on_stuck: Callable[[], None],
    ) -> None:
        self.task, self.engine, self.kit = task, engine, kit
        self.pulse, self.helper_pulse = Pulse(), Pulse()
        self.outbox = Outbox(loop)
        self._inbox = inbox
        self._answers: list[tuple[Job, Event]] = []
        self._numbered, self._on_stuck = 0, on_stuck
        limit_s = max(model.limits.timeout_s, self.hangs_after_s)
        self._watchdog = Watchdog((self.pulse, self.helper_pulse), limit_s, self._hung)
        self._inference = threading.Thread(target=self._guarded, args=(self.infer,), name="inference", daemon=True)
        self._helper = threading.Thread(target=self._guarded, args=(self.help,), name="preparing", daemon=True)

    def start(self) -> None:
        """Begin to work; called at the end of the subclass's constructor."""
        for each in (self._inference, self._helper, self._watchdog):
            each.start()

    @abstractmethod
    def infer(self) -> None:
        """The loop of the thread that runs the model; ends when the inbox is closed and nothing is left to finish."""

    @abstractmethod
    def help(self) -> None:
        """The loop of the thread that prepares; ends when the inbox is closed."""

    def submit(self, item: Item, sink: Sink) -> None:
        self.submit_all((item,), (sink,))

    def submit_all(self, items: Sequence[Item], sinks: Sequence[Sink]) -> None:
        now = time.monotonic()
        jobs = []
        for item, sink in zip(items, sinks, strict=True):
            self._numbered += 1
            jobs.append(Job(item, sink, now, now + item.left_s, self._numbered))
        self.outbox.open(jobs)
        if not self._inbox.put(jobs):
            self.end((job, never_started()) for job in jobs)

    def cancel(self, id: str) -> None:
        self.outbox.cancel(id)

    @property
    def busy(self) -> bool:
        return self.outbox.busy

    def load(self) -> Load:
        now = time.monotonic()
        jobs = self.outbox.jobs()
        stuck_s = max(self.pulse.still_s(), self.helper_pulse.still_s())
        return Load(len(jobs), now - jobs[0].arrived if jobs else 0.0, self.outbox.drained.per_second(now), stuck_s)

    def close(self, grace_s: float) -> list[Item]:
        if not self._inbox.close():
            return []
        unstarted = [job for job in self.outbox.jobs() if not (job.started or job.over)]
        self.end((job, never_started()) for job in unstarted)
        self._inference.join(grace_s)
        self._watchdog.stop()
        failure = NotReady("the replica was stopped before the answer was ready").as_failure()
        self.end((job, failure) for job in self.outbox.jobs())
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
            self.outbox.send(answers)

    def end(self, failures: Iterable[tuple[Job, Failure]]) -> None:
        """Answer from any thread; a job that has heard its end already hears nothing."""
        events = list(failures)
        for job, _ in events:
            job.settled = True
        self.outbox.send(events)

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
        self._inbox.close()
        self._watchdog.stop()
        self.end((job, failure if job.started else never_started()) for job in self.outbox.jobs())
        self.outbox.flush(timeout_s=1.0)
        time.sleep(self.linger_s)
        self._on_stuck()


def never_started() -> Failure:
    return NotReady("the replica is stopping; the item was not started").as_failure(started=False)
