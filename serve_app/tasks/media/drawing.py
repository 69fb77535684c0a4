"""Arrays become PNG files: masks in black and white, depths in grey."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.tasks.media.output import Blob

_PIXELS_AT_ONCE = 2**28
"""As many numbers as a gigabyte holds."""


def mask_file(mask: NDArray[Any], size: tuple[int, int]) -> Blob:
    """White where the mask is true, as wide and as high as asked for."""
    from PIL import Image  # noqa: PLC0415 (the ingress names files, and draws none)

    picture = grey_image(mask.astype(np.uint8) * 255)
    return png(picture if picture.size == size else picture.resize(size, Image.Resampling.NEAREST))


def grey_image(values: NDArray[np.uint8]) -> Any:
    from PIL import Image  # noqa: PLC0415

    return Image.fromarray(values, mode="L")


def png(picture: Any) -> Blob:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return Blob(file.getvalue(), "image/png")


def affordable(size: tuple[int, int], layers: int) -> tuple[int, int]:
    """The size, or a smaller one of about the same shape where so many layers of it would not fit into memory."""
    width, height = size
    room = _PIXELS_AT_ONCE // layers
    scale = min(1.0, (room / (width * height)) ** 0.5)
    # What is only a pixel wide or high can shrink in one direction alone.
    narrow = min(max(1, int(width * scale)), room)
    return narrow, min(max(1, int(height * scale)), room // narrow)
