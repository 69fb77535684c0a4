"""Pieces of answers on their way out: they gather for a moment, so that a fast model does not drown in news."""

import time
from collections.abc import Callable
from typing import NamedTuple

from serve_app.replica.jobs import Job
from serve_app.types import Chunk, Event

GATHER_S = 0.02
Say = Callable[[Job, Event], None]


class _Key(NamedTuple):
    job: Job
    choice: int
    part: str


class GatheredChunks:
    """Chunks by job, choice and part; what belongs together leaves as one."""

    def __init__(self) -> None:
        self._chunks: dict[_Key, Chunk] = {}
        self._left = 0.0

    def add(self, job: Job, chunk: Chunk) -> None:
        key = _Key(job, chunk.choice, chunk.part)
        held = self._chunks.get(key)
        if held is not None:
            chunk = chunk._replace(text=held.text + chunk.text, tokens=held.tokens + chunk.tokens)
        self._chunks[key] = chunk

    def hand_over_due(self, say: Say, urgent: bool) -> None:
        """Everything, when enough time has passed since the last; an item's first words never wait."""
        now = time.monotonic()
        due = urgent or now - self._left >= GATHER_S
        for key in list(self._chunks):
            if due or not key.job.streamed:
                say(key.job, self._chunks.pop(key))
        if due:
            self._left = now

    def hand_over(self, job: Job, say: Say) -> None:
        """What one item still has to say before its end."""
        for key in [key for key in self._chunks if key.job is job]:
            say(job, self._chunks.pop(key))

    def forget(self) -> None:
        """After a step that failed."""
        self._chunks.clear()
