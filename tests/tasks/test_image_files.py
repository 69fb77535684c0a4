"""Images as people send them, and as nobody should: what they become, and what is said of them."""

import base64
import contextlib
import io
from typing import Any

import numpy as np
import pytest

from serve_app.errors import InvalidInput
from serve_app.tasks.media.headers import Header, header_of
from serve_app.tasks.media.images import decode_image
from serve_app.tasks.media.input import Link
from serve_app.tasks.media.kinds import kind_of
from tests.broken_media import png
from tests.media import file_of, picture

MOST = 2**25
ORIENTATION = 0x0112


def pixels(data: bytes) -> Any:
    image = decode_image(data, MOST)
    assert image.mode == "RGB"
    return np.asarray(image).astype(int)


def refused(data: Any, max_pixels: int = MOST) -> str:
    with pytest.raises(InvalidInput) as told:
        decode_image(data, max_pixels)
    assert "0x" not in told.value.message
    return told.value.message


@pytest.mark.parametrize(
    ("format", "options", "off"),
    [
        ("PNG", {}, 0),
        ("PNG", {"interlace": 1}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 12),
        ("JPEG", {"quality": 95}, 6),
        ("JPEG", {"quality": 95, "progressive": True}, 6),
        ("GIF", {}, 40),
    ],
)
def test_formats(format: str, options: dict[str, Any], off: int) -> None:
    own = picture()
    found = pixels(file_of(own, format, **options))
    assert np.abs(found - np.asarray(own).astype(int)).mean() <= off


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "PA", "CMYK", "YCbCr"])
def test_modes(mode: str) -> None:
    own = picture().convert(mode)
    format = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    options = {"quality": 95} if format == "JPEG" else {}
    if mode == "PA":
        own = own.convert("LA")
    found = pixels(file_of(own, format, **options))
    assert np.abs(found - np.asarray(own.convert("RGB")).astype(int)).mean() < 6


def test_sixteen_bits_are_scaled_and_not_cut_off() -> None:
    from PIL import Image

    ramp = np.linspace(0, 65535, 640).reshape(20, 32).astype(np.uint16)
    found = pixels(file_of(Image.fromarray(ramp)))
    assert np.abs(found - (ramp / 257)[..., None]).max() <= 0.5
    colours = np.stack([ramp, ramp[::-1], ramp[:, ::-1]], axis=-1)
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in colours)
    found = pixels(png(32, 20, lines, bits=16))
    assert np.abs(found - colours / 257).max() <= 1


@pytest.mark.parametrize("format", ["PNG", "WEBP", "GIF"])
def test_what_can_be_seen_through_is_white_behind(format: str) -> None:
    from PIL import Image

    own = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    own.paste((0, 0, 255, 255), (0, 0, 4, 8))
    found = pixels(file_of(own, format, **({"lossless": True} if format == "WEBP" else {})))
    assert found[0, 0].tolist() == [0, 0, 255] and found[0, 7].tolist() == [255, 255, 255]


def test_half_seen_through() -> None:
    from PIL import Image

    assert np.abs(pixels(file_of(Image.new("RGBA", (2, 2), (255, 0, 0, 128))))[0, 0] - [255, 127, 127]).max() <= 1
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putpixel((1, 0), 1)
    found = pixels(file_of(palette, transparency=b"\x00\xff"))
    assert found.tolist() == [[[255, 255, 255], [40, 50, 60]]]


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(format: str, orientation: int) -> None:
    from PIL import Image, ImageOps

    own = picture(0, 48, 32)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    file = file_of(own, format, exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB")
    assert (pixels(file) == np.asarray(expected)).all()
    assert decode_image(file, MOST).size == ((48, 32) if orientation < 5 else (32, 48))


@pytest.mark.parametrize("exif", [b"", b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0" + b"\xff" * 50])
def test_broken_exif_is_no_matter(exif: bytes) -> None:
    assert decode_image(file_of(picture(), "JPEG", exif=exif), MOST).size == (40, 30)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_of_an_animation(format: str) -> None:
    from PIL import Image

    first, *more = (Image.new("RGB", (8, 8), (value, 0, 0)) for value in range(0, 250, 25))
    file = file_of(first, format, save_all=True, append_images=more)
    assert header_of(kind_of(file).name, file, 100) == Header(8, 8, frames=10)  # type: ignore[union-attr]
    assert pixels(file).max() <= 1


def test_the_type_is_told_by_the_first_bytes() -> None:
    words = "this is no image that can be read here (it looks like {}): send PNG, JPEG, WebP or GIF"
    files = {
        b"%PDF-1.7\n": "PDF",
        b"PK\x03\x04": "zip",
        b'<svg xmlns="http://www.w3.org/2000/svg">': "XML, SVG or HTML",
        b"\0\0\0\x1cftypavif": "AVIF or HEIC",
        b"RIFF\x24\0\0\0WAVEfmt ": "WAV",
        b"II*\0": "TIFF",
        b'{"a": 1}': "JSON",
        base64.b64encode(file_of(picture())): "base64, which belongs in JSON",
        b"data:image/png;base64,iVBORw0KGgo": "a data URL, which belongs in JSON",
    }
    for data, name in files.items():
        assert refused(data) == words.format(name)
    for data in (b"", b"hello", b"\0" * 100):
        assert refused(data) == "this is no image that can be read here: send PNG, JPEG, WebP or GIF"
    assert refused(Link("https://a/b")) == "a link is not fetched here: send the bytes"


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_cut_off_anywhere(format: str) -> None:
    file = file_of(picture(), format)
    for end in {*range(1, 60), *range(60, len(file) - 20, 97)}:
        assert refused(file[:end]).startswith(("this is no image", "the image is broken: ")), end


def test_bits_that_flip() -> None:
    for format in ("PNG", "JPEG", "WEBP", "GIF"):
        file, random = file_of(picture(), format), np.random.default_rng(0)
        for _ in range(200):
            broken = bytearray(file)
            for place in random.integers(0, len(file), 5):
                broken[place] ^= 1 << int(random.integers(8))
            with contextlib.suppress(InvalidInput):
                decode_image(bytes(broken), MOST)


def test_too_large_is_told_with_both_numbers() -> None:
    words = "the image has 40 x 30 pixels, and this model takes 1199 (limits.max_pixels)"
    for format in ("PNG", "JPEG", "WEBP", "GIF"):
        assert refused(file_of(picture(), format), 1199) == words
        assert decode_image(file_of(picture(), format), 1200).size == (40, 30)
