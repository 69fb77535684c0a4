"""A tensor's elements as a task takes them: by the kind of value it wants, and the datatype that was sent."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import orjson

from serve_app.ingress.dialects.open_inference.datatypes import BYTES, FRACTIONS, WHOLE
from serve_app.ingress.dialects.open_inference.media_files import COLOURS, picture_file, sound_file
from serve_app.ingress.dialects.open_inference.schemas import Kind, Part
from serve_app.ingress.dialects.open_inference.tensors import Tensor, wrong

_LOOKED_AT = 32


class Reading(NamedTuple):
    """How elements become values, and how many axes one of them has."""

    read: Callable[[Tensor, int], list[Any]]
    axes: tuple[str, ...] = ()


def datatypes_of(kind: Kind) -> list[str]:
    """The usual one first."""
    return [datatype for each, datatype in READINGS if each == kind]


def values_of(tensor: Tensor, part: Part, rate: int) -> list[Any]:
    """One value for each row; the axis of the rows may be missing where there is one, and a last one of 1 be there."""
    reading = READINGS.get((part.kind, tensor.datatype))
    if reading is None:
        raise wrong(tensor.name, f"must be {' or '.join(datatypes_of(part.kind))}, not {tensor.datatype}")
    lead = tensor.shape[: max(len(tensor.shape) - len(reading.axes), 0)]
    if not part.depth and len(lead) == 2 and lead[1] == 1:
        lead = lead[:1]
    if len(lead) == part.depth and len(tensor.shape) >= len(reading.axes):
        lead = (1, *lead)
    if len(lead) != part.depth + 1:
        wanted = ", ".join(("rows", *["each row's own"] * part.depth, *reading.axes))
        raise wrong(tensor.name, f"has the shape {list(tensor.shape)}, and must have [{wanted}]")
    return _nested(reading.read(tensor, rate), lead[1:])


def _nested(flat: list[Any], sizes: Sequence[int]) -> list[Any]:
    for size in reversed(sizes):
        flat = [flat[place : place + size] for place in range(0, len(flat), size)]
    return flat


def _texts(tensor: Tensor, rate: int) -> list[Any]:
    try:
        return [text if isinstance(text, str) else text.decode() for text in tensor.texts]
    except UnicodeDecodeError:
        raise wrong(tensor.name, "must hold text in UTF-8") from None


def _documents(tensor: Tensor, rate: int) -> list[Any]:
    documents = []
    for place, text in enumerate(tensor.texts):
        try:
            documents.append(orjson.loads(text))
        except orjson.JSONDecodeError as error:
            raise wrong(tensor.name, f"must hold JSON, and element {place} is none: {error.msg}") from None
    return documents


def _files(tensor: Tensor, rate: int) -> list[Any]:
    """Base64 stays a text; no file of an image or a sound begins with so many letters."""
    return [
        text.decode()
        if isinstance(text, bytes) and text.isascii() and text[:_LOOKED_AT].decode().isprintable()
        else text
        for text in tensor.texts
    ]


def _pictures(tensor: Tensor, rate: int) -> list[Any]:
    shape = tensor.shape[-3:]
    if shape[-1] not in COLOURS:
        raise wrong(tensor.name, f"must have {', '.join(map(str, COLOURS))} channels in its last axis, not {shape[-1]}")
    return [picture_file(pixels) for pixels in tensor.numbers.reshape(-1, *shape)]


def _sounds(tensor: Tensor, rate: int) -> list[Any]:
    return [sound_file(samples.astype(np.float32), rate) for samples in tensor.numbers.reshape(-1, tensor.shape[-1])]


def _numbers(tensor: Tensor, rate: int) -> list[Any]:
    return list(tensor.numbers.tolist())


READINGS: Mapping[tuple[Kind, str], Reading] = {
    ("text", BYTES): Reading(_texts),
    ("json", BYTES): Reading(_documents),
    ("file", BYTES): Reading(_files),
    ("image", BYTES): Reading(_files),
    ("image", "UINT8"): Reading(_pictures, ("height", "width", "channels")),
    ("sound", BYTES): Reading(_files),
    ("sound", "FP32"): Reading(_sounds, ("samples",)),
    ("truth", "BOOL"): Reading(_numbers),
    **{("whole", datatype): Reading(_numbers) for datatype in reversed(WHOLE)},
    **{("number", datatype): Reading(_numbers) for datatype in (*FRACTIONS[1:], *FRACTIONS[:1], *WHOLE)},
}
"""The first datatype of a kind is the usual one."""
