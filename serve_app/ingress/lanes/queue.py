"""The queue of a lane: the highest priority first, then the oldest; what was settled meanwhile is skipped."""

import heapq
from itertools import count

from serve_app.ingress.lanes.waiting import Waiting


class LaneQueue:
    """A priority queue that knows how many still wait for an answer."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Waiting]] = []
        self._order = count()
        self._settled = 0

    def __len__(self) -> int:
        return len(self._heap) - self._settled

    def push(self, waiting: Waiting) -> None:
        waiting.left = self._one_settled
        heapq.heappush(self._heap, (-waiting.ask.priority, next(self._order), waiting))

    def pop(self) -> Waiting | None:
        """The next that still waits, or None."""
        while self._heap:
            waiting = heapq.heappop(self._heap)[2]
            if waiting.waits:
                waiting.left = None
                return waiting
            self._settled -= 1
        return None

    def peek(self) -> Waiting | None:
        """The one that `pop` would return."""
        while self._heap and not self._heap[0][2].waits:
            heapq.heappop(self._heap)
            self._settled -= 1
        return self._heap[0][2] if self._heap else None

    def _one_settled(self) -> None:
        self._settled += 1
        if self._settled > 64 and self._settled * 2 > len(self._heap):
            before = len(self._heap)
            self._heap = [entry for entry in self._heap if entry[2].waits]
            heapq.heapify(self._heap)
            # Less, not none: one that was settled just now may not have been counted yet.
            self._settled -= before - len(self._heap)
