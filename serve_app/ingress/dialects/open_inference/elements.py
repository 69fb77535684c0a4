"""BYTES in a binary body: each element behind its length."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_LENGTH_BYTES = 4


def elements_in(raw: bytes, most: int) -> list[bytes] | None:
    """The elements; None where the lengths do not lead to the end, or there are more than `most`."""
    found: list[bytes] = []
    place = 0
    while place < len(raw) and len(found) < most:
        begins = place + _LENGTH_BYTES
        place = begins + int.from_bytes(raw[place:begins], "little")
        if begins > len(raw) or place > len(raw):
            return None
        found.append(raw[begins:place])
    return found if place == len(raw) else None


def in_binary(elements: Iterable[str | bytes]) -> bytes:
    parts: list[bytes] = []
    for element in elements:
        raw = element.encode() if isinstance(element, str) else element
        parts += (len(raw).to_bytes(_LENGTH_BYTES, "little"), raw)
    return b"".join(parts)


def numbers_in(raw: bytes, kind: str, count: int) -> NDArray[np.generic] | None:
    """The numbers; None where there are not as many."""
    if len(raw) != count * np.dtype(kind).itemsize:
        return None
    return np.frombuffer(raw, kind)
