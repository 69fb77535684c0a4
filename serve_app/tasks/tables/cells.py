"""From a model's numbers for tokens to the cells it points at."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SEGMENT, COLUMN, ROW = 0, 1, 2
THRESHOLD = 0.5
# The exponential of more would overflow.
_LOWEST = -88.7


def chosen(logits: NDArray[np.float32], token_types: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Row and column of each cell whose tokens are likely on average to be the answer, in reading order."""
    rows, columns = token_types[:, ROW] - 1, token_types[:, COLUMN] - 1
    inside = (rows >= 0) & (columns >= 0) & (token_types[:, SEGMENT] == 1)
    if not inside.any():
        return []
    width = int(columns.max()) + 1
    places = (rows * width + columns)[inside]
    likely = _sigmoid(logits)[inside].astype(np.float64)
    sums, counts = np.bincount(places, likely), np.bincount(places)
    means = sums / np.maximum(counts, 1)
    return [divmod(int(place), width) for place in np.flatnonzero(means > THRESHOLD)]


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[Any]:
    return np.asarray(1 / (1 + np.exp(-np.maximum(logits, np.float32(_LOWEST)))))
