"""Of boxes that overlap, the best ones."""

import numpy as np
from numpy.typing import NDArray


def without_overlaps(boxes: NDArray[np.float32], scores: NDArray[np.float32], most: float) -> list[int]:
    """Which boxes stay, best first: none that shares more than `most` of both areas with a better one.

    A box is left, top, right and bottom. Of equal scores the first one counts as the better.
    """
    waiting = np.argsort(-scores, kind="stable")
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept: list[int] = []
    while len(waiting):
        best, others = waiting[0], waiting[1:]
        kept.append(int(best))
        starts = np.maximum(boxes[best, :2], boxes[others, :2])
        ends = np.minimum(boxes[best, 2:], boxes[others, 2:])
        shared = np.prod(np.maximum(ends - starts, 0), axis=1)
        # A box without an area has nothing in common with any.
        waiting = others[shared <= most * (areas[best] + areas[others] - shared)]
    return kept
