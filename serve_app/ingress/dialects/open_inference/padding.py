"""Lists of unequal lengths as one array."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import InvalidInput
from serve_app.ingress.dialects.open_inference.datatypes import BYTES, NUMBERS, Written

MOST = 2**26
"""Places of one tensor: a broad answer and a high one together would fill a place for every column in every row."""


def padded(values: Sequence[Any], axes: int, written: Written, wide: int = 0) -> NDArray[Any]:
    """Filled up behind each list, and where there is nothing at all; the last axis is as wide even of nothing."""
    kind = object if written.datatype == BYTES else NUMBERS[written.datatype]
    *outer, last = _sizes(values, axes)
    shape = (*outer, max(last, wide))
    if math.prod(shape) > MOST:
        raise InvalidInput(
            f"the answers of these rows would make a tensor of the shape {list(shape)}, and {MOST} places are the "
            "most: send rows of more equal size, fewer of them, or ask for the output `json` alone",
            "inputs",
        )
    whole = np.full(shape, written.padding, kind)
    _put(whole, values)
    return whole


def _sizes(values: Any, axes: int) -> tuple[int, ...]:
    """The longest of every axis."""
    if values is None or not axes:
        return (0,) * axes
    if isinstance(values, np.ndarray):
        return tuple(values.shape)
    inner = [_sizes(value, axes - 1) for value in values] or [(0,) * (axes - 1)]
    return len(values), *map(max, zip(*inner, strict=True))


def _put(whole: NDArray[Any], values: Any) -> None:
    if isinstance(values, np.ndarray):
        whole[tuple(map(slice, values.shape))] = values
        return
    for place, value in enumerate(values):
        if value is None:
            continue
        if whole.ndim > 1:
            _put(whole[place], value)
        else:
            whole[place] = value
