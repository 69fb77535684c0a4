"""An image's bytes become pixels: looked at first, decoded if it is small enough, turned upright, on white."""

import io
import warnings
from typing import TYPE_CHECKING

from serve_app.errors import InvalidInput
from serve_app.tasks.media.headers import header_of
from serve_app.tasks.media.input import Link
from serve_app.tasks.media.kinds import kind_of, refused

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_FRAMES = 1000
"""Of an animation, of which the first is looked at: with more it is made to keep us busy."""
MOST_SCANS = 40
"""Of a photograph that sharpens while it loads: it is gone over as a whole for each."""
_SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I;16N", "I")


def decode_image(data: bytes | Link, max_pixels: int) -> "Picture":
    """The first frame in RGB, or `InvalidInput` that says what is wrong with it."""
    if isinstance(data, Link):
        raise InvalidInput("a link is not fetched here: send the bytes")
    kind = kind_of(data)
    if kind is None or kind.holds != "image":
        raise InvalidInput(refused(kind, "image"))
    header = header_of(kind.name, data, MOST_FRAMES)
    if header is None:
        raise InvalidInput(f"the image is broken: it does not say its size ({kind.name})")
    if header.frames > MOST_FRAMES:
        raise InvalidInput(f"the image has more than {MOST_FRAMES} frames: send the one that is to be looked at")
    if header.scans > MOST_SCANS:
        raise InvalidInput(f"the image has more than {MOST_SCANS} scans: save it as a plain JPEG")
    _check_size(header.width, header.height, max_pixels)
    return _decoded(data, kind.name.upper(), max_pixels)


def _decoded(data: bytes, format: str, max_pixels: int) -> "Picture":
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 (the ingress names images, and opens none)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(data), formats=[format])
            _check_size(*picture.size, max_pixels)
            picture.load()
            ImageOps.exif_transpose(picture, in_place=True)
            return _in_colours(picture)
    except InvalidInput:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError):
        raise InvalidInput(f"the image is broken: its header makes no sense ({format})") from None
    except Exception as error:
        line = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise InvalidInput(f"the image is broken: {line} ({format})") from None


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if not width or not height:
        raise InvalidInput(f"the image has no pixels ({width} x {height})")
    if width * height > max_pixels:
        raise InvalidInput(
            f"the image has {width} x {height} pixels, and this model takes {max_pixels} (limits.max_pixels)"
        )


def _in_colours(picture: "Picture") -> "Picture":
    """Eight bits a colour; what can be seen through shows white behind it, as on a page."""
    from PIL import Image  # noqa: PLC0415

    if picture.mode in _SIXTEEN_BITS:
        # Left to itself Pillow cuts off what is above 255 instead of scaling it.
        return picture.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L").convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    own = picture.convert("RGBA")
    page = Image.new("RGB", own.size, "white")
    page.paste(own, mask=own.getchannel("A"))
    return page
