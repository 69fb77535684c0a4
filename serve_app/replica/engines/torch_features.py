"""What prompts show beside their tokens, put together for a batch."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from serve_app.tasks.base import Arrays
from serve_app.tasks.sequences import Features

Shown = tuple[int, Features]
"""The length of a prompt, and its features."""


def joined(prompts: Sequence[Shown]) -> Arrays:
    """One after the other, as models count images through a batch; what belongs to tokens is padded on the left."""
    longest = max(length for length, _ in prompts)
    names = prompts[0][1]
    return {
        name: np.concatenate([_padded(features[name], length, longest) for length, features in prompts])
        for name in names
    }


def _padded(array: NDArray[np.generic], length: int, longest: int) -> NDArray[np.generic]:
    if array.shape[:2] != (1, length):
        return array
    return np.pad(array, [(0, 0), (longest - length, 0), *[(0, 0)] * (array.ndim - 2)])
