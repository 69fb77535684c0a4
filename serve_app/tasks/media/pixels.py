"""Images become rows: each is decoded by itself, and the good ones go through the processor together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from serve_app.errors import AppError, InvalidInput, ModelCannotLoad
from serve_app.tasks.base import Arrays, Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.images import decode_image
from serve_app.types import Item

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_PATCH = 16 * 16
"""As many pixels cost about as much as a token."""
_PIXELS = "pixel_values"
_PADDED = "pixel_mask"
"""What tells pixels from padding, where a processor pads."""


def pixel_rows(
    items: Sequence[Item], kit: Kit, image_of: Callable[[Item], Any] = lambda item: item.input, **settings: Any
) -> list[list[Row] | Exception]:
    """One row for each item's image; a broken one gets its error instead."""
    expanded: list[list[Row] | Exception] = []
    for pictures in _portions((decoded(image_of(item), kit) for item in items), kit.max_pixels):
        good = [picture for picture in pictures if not isinstance(picture, Exception)]
        rows = iter(rows_of(good, kit, **settings))
        expanded += [picture if isinstance(picture, Exception) else [next(rows)] for picture in pictures]
    return expanded


def _portions(pictures: "Iterable[Picture | Exception]", most_pixels: int) -> "Iterator[list[Picture | Exception]]":
    """All of them where they are of ordinary sizes: together they are decoded no larger than one of them may be."""
    portion: list[Picture | Exception] = []
    pixels = 0
    for picture in pictures:
        size = 0 if isinstance(picture, Exception) else picture.width * picture.height
        if portion and pixels + size > most_pixels:
            yield portion
            portion, pixels = [], 0
        portion.append(picture)
        pixels += size
    if portion:
        yield portion


def rows_of(pictures: Sequence["Picture"], kit: Kit, **settings: Any) -> list[Row]:
    """A row for each picture; only those of one shape share a forward.

    One call of the processor makes all of them. Where it would pad them to the largest, one makes those of one size.
    """
    sizes = {picture.size for picture in pictures}
    if len(sizes) > 1 and _PADDED in getattr(kit.image_processor, "model_input_names", ()):
        made = {
            size: iter(rows_of([each for each in pictures if each.size == size], kit, **settings)) for size in sizes
        }
        return [next(made[picture.size]) for picture in pictures]
    if not pictures:
        return []
    processed = _processed(pictures, kit, settings)
    rows = []
    for place, (picture, pixels) in enumerate(zip(pictures, processed["pixel_values"], strict=True)):
        values = np.ascontiguousarray(pixels, dtype=np.float32)
        arrays: Arrays = {"pixel_values": values}
        if _PADDED in processed:
            arrays[_PADDED] = np.asarray(processed[_PADDED][place], dtype=np.int64)
        height, width = values.shape[-2:]
        rows.append(Row(arrays, max(1, height * width // _PATCH), group=values.shape, about=picture.size))
    return rows


def _processed(pictures: Sequence["Picture"], kit: Kit, settings: Mapping[str, Any]) -> Any:
    try:
        return kit.image_processor(images=list(pictures), **settings)
    except MemoryError:
        raise
    except Exception as error:
        if len(pictures) > 1:
            raise
        width, height = pictures[0].size
        raise InvalidInput(
            f"an image of {width} x {height} pixels is too small or too narrow for this model"
        ) from error


def need_pixels(kit: Kit, task: str) -> None:
    """Refuse a model that takes something else of an image than its pixels: patches with their places, say."""
    names = getattr(kit.image_processor, "model_input_names", (_PIXELS,))
    if others := sorted({*names} - {_PIXELS, _PADDED}):
        kind = type(kit.image_processor).__name__
        raise ModelCannotLoad(f"{task} takes models of plain pixels, and this model's {kind} makes {', '.join(others)}")


def stack(rows: Sequence[Row]) -> Arrays:
    """Rows of one group as a batch: nothing to pad."""
    return {name: np.stack([row.arrays[name] for row in rows]) for name in rows[0].arrays}


def decoded(data: Any, kit: Kit) -> "Picture | Exception":
    """The picture, or what is wrong with it."""
    try:
        return decode_image(data, kit.max_pixels)
    except AppError as error:
        return error
