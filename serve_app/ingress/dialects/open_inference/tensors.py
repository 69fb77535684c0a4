"""A request's tensors: as many elements as the shape says, of the type that the datatype says."""

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import InvalidInput
from serve_app.ingress.dialects.open_inference.datatypes import BYTES, DATATYPES, FRACTIONS, NUMBERS
from serve_app.ingress.dialects.open_inference.elements import elements_in, numbers_in
from serve_app.ingress.dialects.open_inference.framing import HEADER
from serve_app.ingress.dialects.open_inference.request import InputTensor
from serve_app.refusals import brief

_TRUTHS, _WHOLE, _FRACTIONS = frozenset({bool}), frozenset({int}), frozenset({int, float})


class Tensor(NamedTuple):
    """Its elements, one after another."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    texts: Sequence[str | bytes] = ()
    numbers: NDArray[Any] = np.empty(0)


def wrong(name: str, words: str) -> InvalidInput:
    return InvalidInput(f"the tensor `{brief(name)}` {words}", "inputs")


def tensors_of(inputs: Sequence[InputTensor], tail: bytes) -> Mapping[str, Tensor]:
    """By name; `tail` holds the elements of those that are sent in binary, in the same order."""
    found: dict[str, Tensor] = {}
    place = 0
    for given in inputs:
        if given.name in found:
            raise wrong(given.name, "stands there twice")
        size = given.parameters.binary_data_size
        raw = None if size is None else tail[place : place + size]
        if raw is not None and len(raw) != size:
            raise wrong(given.name, f"has a binary_data_size beyond the body's end; {HEADER} says where bytes begin")
        place += size or 0
        found[given.name] = _tensor(given, raw)
    if place != len(tail):
        raise InvalidInput(
            f"{len(tail) - place} bytes behind the JSON belong to no tensor's binary_data_size", "inputs"
        )
    return found


def _tensor(given: InputTensor, raw: bytes | None) -> Tensor:
    name, datatype, shape = given.name, given.datatype, tuple(given.shape)
    if datatype not in DATATYPES:
        raise wrong(name, f'has the datatype "{brief(datatype)}"; there are {", ".join(DATATYPES)}')
    if (raw is None) == (given.data is None):
        raise wrong(name, "must have either data or a binary_data_size")
    count = math.prod(shape)
    if not count:
        raise wrong(name, f"has the shape {list(shape)}, which has no place for any element")
    tensor = Tensor(name, datatype, shape)
    if raw is not None:
        return _from_binary(tensor, raw, count)
    flat = _flat(given.data, shape, count)
    if flat is None:
        raise wrong(name, f"must have data as its shape {list(shape)} says: {count} in one list, or lists in lists")
    return _from_json(tensor, flat)


def _from_binary(tensor: Tensor, raw: bytes, count: int) -> Tensor:
    if tensor.datatype == BYTES:
        texts = elements_in(raw, count)
        if texts is None or len(texts) != count:
            raise wrong(tensor.name, f"must hold {count} elements in binary, each behind its length in 4 bytes")
        return tensor._replace(texts=texts)
    numbers = numbers_in(raw, NUMBERS[tensor.datatype], count)
    if numbers is None:
        raise wrong(
            tensor.name, f"must hold {count} numbers of {tensor.datatype} in binary, and holds {len(raw)} bytes"
        )
    return _checked(tensor._replace(numbers=numbers))


def _from_json(tensor: Tensor, flat: list[Any]) -> Tensor:
    datatype, kinds = tensor.datatype, {*map(type, flat)}
    if datatype == BYTES:
        if kinds != {str}:
            raise wrong(tensor.name, f"must hold strings, as {BYTES} are in JSON")
        return tensor._replace(texts=flat)
    allowed = _TRUTHS if datatype == "BOOL" else _FRACTIONS if datatype in FRACTIONS else _WHOLE
    if not kinds <= allowed:
        raise wrong(tensor.name, f"must hold nothing but {' and '.join(sorted(kind.__name__ for kind in allowed))}")
    try:
        with np.errstate(all="ignore"):
            numbers = np.array(flat, NUMBERS[datatype])
    except OverflowError:
        raise wrong(tensor.name, f"holds a number that {datatype} has no place for") from None
    return _checked(tensor._replace(numbers=numbers))


def _checked(tensor: Tensor) -> Tensor:
    if tensor.datatype in FRACTIONS and not np.isfinite(tensor.numbers).all():
        raise wrong(tensor.name, f"holds a number that is not finite in {tensor.datatype}")
    return tensor


def _flat(data: Any, shape: Sequence[int], count: int) -> list[Any] | None:
    """The elements of a flat list, or of lists in lists that follow the shape; None where they do not."""
    if not isinstance(data, list):
        return None
    if data and isinstance(data[0], list):
        parts: list[Any] = [data]
        for size in shape:
            if any(not isinstance(part, list) or len(part) != size for part in parts):
                return None
            parts = list(chain.from_iterable(parts))
        return parts
    return data if len(data) == count else None
