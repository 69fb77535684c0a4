"""What waits on a replica, and who does what next."""

import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from serve_app.replica.batches import Pool
from serve_app.replica.jobs import Job, Piece


class Turn(NamedTuple):
    """What a thread does next: prepare `arrivals` or run `batch`, and tell `expired` that their time is over."""

    arrivals: Sequence[Job] = ()
    batch: Sequence[Piece] = ()
    expired: Sequence[Job] = ()


class Queue:
    """An inbox of arrivals and a pool of ready rows behind one lock.

    The inference thread prepares too when it has nothing to run, which saves a hand-over; while it runs, the
    preparing thread does that instead. Never both: tokenizers are not made for two threads.
    """

    def __init__(self, pool: Pool, rows: int, wait_s: float) -> None:
        self._pool = pool
        self._rows = rows
        self._wait_s = wait_s
        self._inbox: list[Job] = []
        self._lock = threading.Lock()
        self._runner = threading.Condition(self._lock)
        self._helper = threading.Condition(self._lock)
        self._idle = self._preparing = self._topped_up = self._closed = False

    def put(self, jobs: Sequence[Job]) -> bool:
        """Take arrivals with at most one wake-up; false when closed."""
        with self._lock:
            if self._closed:
                return False
            self._inbox += jobs
            if self._idle:
                self._runner.notify()
            elif not self._preparing:
                self._helper.notify()
            return True

    def ready(self, pieces: Sequence[Piece]) -> None:
        """The rows of the arrivals that were given out last."""
        with self._lock:
            self._preparing = False
            if not self._closed:
                self._pool.add(pieces)
            if self._idle:
                self._runner.notify()

    def late(self, pieces: Sequence[Piece]) -> None:
        """Rows that became ready apart from the arrivals that they came with."""
        with self._lock:
            if not self._closed:
                self._pool.add(pieces)
            if self._idle:
                self._runner.notify()

    def turn(self) -> Turn | None:
        """The inference thread's next; blocks, and is none when closed and finished."""
        with self._lock:
            while True:
                now = time.monotonic()
                if (turn := self._choose(now)) is not None:
                    return turn
                if self._closed:
                    return None
                self._idle = True
                self._runner.wait(self._patience_s(now) if self._pool else None)
                self._idle = False

    def arrivals(self) -> Turn | None:
        """The preparing thread's next; blocks, and is none when closed."""
        with self._lock:
            while not self._closed:
                if self._inbox and not self._preparing and not self._idle:
                    return self._give_out(time.monotonic())
                self._helper.wait()
            return None

    def close(self) -> bool:
        """Forget what was never started; false when this was done before."""
        with self._lock:
            was_open, self._closed = not self._closed, True
            self._inbox.clear()
            self._pool.keep(lambda job: job.started)
            self._runner.notify_all()
            self._helper.notify_all()
            return was_open

    def _choose(self, now: float) -> Turn | None:
        expired = [job for job in self._pool.keep(lambda job: not job.over and job.deadline > now) if not job.over]
        due = bool(self._pool) and self._patience_s(now) <= 0
        # What arrived during the last run goes along with the next, but only once, so that a flood cannot hold it up.
        if self._inbox and not self._preparing and not (due and self._topped_up):
            self._topped_up = True
            return self._give_out(now, expired)
        if due:
            self._topped_up = False
            batch = self._pool.take()
            for piece in batch:
                piece.job.started = True
            if self._inbox:
                self._helper.notify()
            return Turn(batch=batch, expired=expired)
        return Turn(expired=expired) if expired else None

    def _give_out(self, now: float, expired: Sequence[Job] = ()) -> Turn:
        jobs, self._inbox = [job for job in self._inbox if not job.over], []
        arrivals = [job for job in jobs if job.deadline > now]
        self._preparing = bool(arrivals)
        return Turn(arrivals, expired=[*expired, *(job for job in jobs if job.deadline <= now)])

    def _patience_s(self, now: float) -> float:
        if self._closed or self._wait_s == 0 or len(self._pool) >= self._rows:
            return 0.0
        return self._pool.oldest() + self._wait_s - now
