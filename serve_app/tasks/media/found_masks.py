"""A mask that was found, and how it waits until it is known whether a better one lies in the same place."""

import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bounds = tuple[int, int, int, int]
"""Left, top, right and bottom: the first and last column and row."""


class Found(NamedTuple):
    """One mask, kept small: of its box alone, packed; the box is left, top, right and bottom in the whole image."""

    score: float
    box: Bounds
    shape: tuple[int, int]
    packed: bytes

    @classmethod
    def of(cls, score: float, mask: NDArray[np.bool_], left: int, top: int) -> "Found":
        """Of a mask that lies that far from the corner of the whole image."""
        own_left, own_top, own_right, own_bottom = bounds_of(mask)
        inside = mask[own_top : own_bottom + 1, own_left : own_right + 1]
        box = (own_left + left, own_top + top, own_right + left, own_bottom + top)
        return cls(score, box, (inside.shape[0], inside.shape[1]), zlib.compress(np.packbits(inside).tobytes(), 1))

    def mask(self, size: tuple[int, int]) -> NDArray[np.bool_]:
        """As large as the whole image, whose width and height these are."""
        width, height = size
        left, top, _, _ = self.box
        rows, columns = self.shape
        bits = np.unpackbits(np.frombuffer(zlib.decompress(self.packed), dtype=np.uint8), count=rows * columns)
        whole = np.zeros((height, width), dtype=np.bool_)
        whole[top : top + rows, left : left + columns] = bits.reshape(rows, columns)
        return whole


def bounds_of(mask: NDArray[np.bool_]) -> Bounds:
    """All zero where no pixel belongs to the mask."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if not len(columns):
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])
