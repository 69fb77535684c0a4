"""Scores in order: which are the best, and how one is told."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict


class LabelScore(TypedDict):
    """One label and how likely it is."""

    label: str
    score: float


def best(scores: NDArray[Any], count: int | None = None) -> list[int]:
    """Where the highest scores stand, best first and at most `count`; the first of equal ones goes first."""
    if count is None or count >= len(scores):
        places = np.arange(len(scores))
    else:
        # A vocabulary is long: only what stays is sorted.
        places = np.sort(np.argpartition(-scores, count - 1)[:count])
    return [int(place) for place in places[np.argsort(-scores[places], kind="stable")]]
