"""Where a model that makes masks of points is asked to look: crops of an image, and a grid of points in each."""

import math
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Crop(NamedTuple):
    """A part of an image in its pixels, and at which depth of cutting it arose; the whole image is at depth 0."""

    left: int
    top: int
    right: int
    bottom: int
    depth: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top


def crops_of(size: tuple[int, int], depths: int, overlap_ratio: float) -> list[Crop]:
    """The whole image, and for each further depth twice as many crops on each side, which overlap."""
    width, height = size
    crops = [Crop(0, 0, width, height, 0)]
    for depth in range(1, depths + 1):
        count = 2**depth
        overlap = int(overlap_ratio * min(size) * (2 / count))
        wide, high = (math.ceil((overlap * (count - 1) + side) / count) for side in size)
        lefts, tops = ([(side - overlap) * number for number in range(count)] for side in (wide, high))
        crops += [
            Crop(left, top, min(left + wide, width), min(top + high, height), depth)
            for left, top in product(lefts, tops)
            if left < width and top < height
        ]
    return crops


def points_of(crop: Crop, side: int, shrinking: int, longest: int) -> NDArray[np.float32]:
    """Points spread evenly, as the model counts them once the crop's longer side has `longest` pixels."""
    count = max(1, side // shrinking**crop.depth)
    places = np.linspace(1 / (2 * count), 1 - 1 / (2 * count), count)
    grid = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    return (grid * shown_as(crop.size, longest)).astype(np.float32)


def shown_as(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Width and height once the longer one is brought to `longest`."""
    scale = longest / max(size)
    width, height = (int(side * scale + 0.5) for side in size)
    return width, height
