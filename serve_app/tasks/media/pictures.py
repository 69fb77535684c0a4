"""The images of one input, which share what the model takes of pixels."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from serve_app.errors import InvalidInput
from serve_app.tasks.media.images import decode_image
from serve_app.tasks.media.input import Link

if TYPE_CHECKING:
    from PIL.Image import Image as Picture


def decode_images(files: Mapping[str, bytes | Link], max_pixels: int) -> "list[Picture]":
    """Each by the place where it stands, which an error names."""
    pictures: list[Picture] = []
    pixels = 0
    for place, data in files.items():
        try:
            picture = decode_image(data, max_pixels)
        except InvalidInput as error:
            raise InvalidInput(error.message, place) from None
        pixels += picture.width * picture.height
        if pixels > max_pixels:
            raise InvalidInput(
                f"the images up to here have {pixels} pixels, and this model takes {max_pixels} in one input "
                "(limits.max_pixels)",
                place,
            )
        pictures.append(picture)
    return pictures
