"""Jobs on their way into a running batch: what has arrived, and what is prepared and waits for room."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from serve_app.replica.jobs import Job, Piece


@dataclass
class Arrivals:
    """An inbox for the preparing thread and a waiting room for the inference thread, behind one lock."""

    _inbox: list[Job] = field(default_factory=list)
    _ready: list[Piece] = field(default_factory=list)
    _lock: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False

    def put(self, jobs: Sequence[Job]) -> bool:
        """Take arrivals; false when closed."""
        with self._lock:
            if not self._closed:
                self._inbox += jobs
                self._lock.notify_all()
            return not self._closed

    def close(self) -> bool:
        """Forget what was never started; false when this was done before."""
        with self._lock:
            was_open, self._closed = not self._closed, True
            self._inbox.clear()
            self._ready.clear()
            self._lock.notify_all()
            return was_open

    def arrived(self) -> list[Job] | None:
        """What the preparing thread does next; blocks, and is none when closed."""
        with self._lock:
            while not self._inbox and not self._closed:
                self._lock.wait()
            if self._closed:
                return None
            jobs, self._inbox = self._inbox, []
            return jobs

    def ready(self, pieces: Sequence[Piece]) -> None:
        """Prepared, and waiting for room from now on."""
        with self._lock:
            if not self._closed:
                self._ready += pieces
                self._ready.sort(key=lambda piece: piece.job.rank)
                self._lock.notify_all()

    def waiting(self, block: bool) -> list[Piece] | None:
        """Everything that waits for room, the first in rank first; none when closed and, asked to block, idle."""
        with self._lock:
            while block and not self._ready and not self._closed:
                self._lock.wait()
            return None if block and self._closed else list(self._ready)

    def remove(self, pieces: Sequence[Piece]) -> None:
        """These wait no more."""
        if pieces:
            gone = {id(piece) for piece in pieces}
            with self._lock:
                self._ready = [piece for piece in self._ready if id(piece) not in gone]
