"""Images that are small on their way and large when they are opened: refused before that, and in little memory."""

import struct
import subprocess
import sys
from typing import Any

import pytest

from serve_app.tasks.media.images import MOST_FRAMES, MOST_SCANS, decode_image
from tests.broken_media import gif_of_frames, png, png_chunk
from tests.media import file_of, picture
from tests.tasks.test_image_files import MOST, refused


def webp_canvas(side: int) -> bytes:
    return b"RIFF\x64\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0" + (side - 1).to_bytes(3, "little") * 2


def gif(**places: bytes) -> bytes:
    file = bytearray(file_of(picture(0, 20, 20), "GIF"))
    for at, value in ((6, places.get("screen")), (file.index(b",", 13) + 5, places.get("frame"))):
        if value:
            file[at : at + 4] = value
    return bytes(file)


def many_scans(count: int, side: int = 64) -> bytes:
    file = file_of(picture(0, side, side), "JPEG", progressive=True)
    last = file.rindex(b"\xff\xda")
    return file[:-2] + file[last:-2] * count + file[-2:]


BOMBS = {
    "20k x 20k": (png(20_000, 20_000, b"\0" * 10_000_000), "20000 x 20000 pixels, and this model takes 33554432"),
    "no pixels": (png(0, 10, b""), "the image has no pixels (0 x 10)"),
    "2**31 pixels": (png(2**31 - 1, 1, b""), "2147483647 x 1 pixels"),
    "a header that lies": (png(5000, 5000, b"\0" * 1000), "the image is broken: "),
    "a WebP canvas": (webp_canvas(16_383), "16383 x 16383 pixels"),
    "a WebP canvas beyond its own bounds": (webp_canvas(2**24), "16777216 x 16777216 pixels"),
    "a GIF screen": (gif(screen=b"\xff" * 4), "65535 x 65535 pixels"),
    "a GIF frame": (gif(frame=b"\xff" * 4), "its header makes no sense (GIF)"),
    "10k frames": (gif_of_frames(10_000), f"the image has more than {MOST_FRAMES} frames"),
    "2**31 frames": (
        png(8, 8, b"", before=png_chunk(b"acTL", struct.pack(">II", 2**31, 0))),
        f"the image has more than {MOST_FRAMES} frames",
    ),
    "scans": (many_scans(MOST_SCANS), f"the image has more than {MOST_SCANS} scans"),
    "pieces of a byte": (gif()[:781] + b"\x21\xfe" + b"\x01a" * 5_000_000, "it does not say its size (GIF)"),
    "empty segments": (b"\xff\xd8" + b"\xff\xe0\0\x02" * 5_000_000, "it does not say its size (JPEG)"),
    "fill bytes": (b"\xff\xd8" + b"\xff" * 20_000_000, "it does not say its size (JPEG)"),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs(bomb: tuple[bytes, str]) -> None:
    data, words = bomb
    assert words in refused(data)


def test_as_many_scans_as_a_camera_writes() -> None:
    assert decode_image(many_scans(10), MOST).size == (64, 64)


def test_what_stands_behind_an_image_is_no_part_of_it() -> None:
    """Telephones put a film there, in which any two bytes occur."""
    assert decode_image(many_scans(10) + b"\xff\xda\0\x08" * 100_000, MOST).size == (64, 64)


@pytest.mark.parametrize("before", [b"\xff\x05\xff\xff", b"\xff\xfe\0\x04\xff\xd9", b"\xff\xc4\0\x02\xff\xd0"])
def test_scans_are_not_hidden_by_what_stands_before_them(before: bytes) -> None:
    file = many_scans(0)
    last = file.rindex(b"\xff\xda")
    assert f"the image has more than {MOST_SCANS} scans" in refused(file[:last] + before + file[last:-2] * MOST_SCANS)


MEASURED = """
import re, sys
from serve_app.errors import InvalidInput
from serve_app.tasks.media.images import decode_image
from PIL import PngImagePlugin, WebPImagePlugin, JpegImagePlugin, GifImagePlugin
def peak(): return int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1]) // 1024
data = open(sys.argv[1], "rb").read()
before = peak()
try:
    decode_image(data, int(sys.argv[2]))
except InvalidInput:
    pass
print(peak() - before)
"""


def grown_mb(tmp_path: Any, data: bytes, max_pixels: int) -> int:
    """By how much decoding makes a fresh process grow."""
    (tmp_path / "file").write_bytes(data)
    command = [sys.executable, "-c", MEASURED, str(tmp_path / "file"), str(max_pixels)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_memory_is_bounded(tmp_path: Any) -> None:
    for name in ("20k x 20k", "a WebP canvas", "a GIF screen", "10k frames", "a header that lies"):
        assert grown_mb(tmp_path, BOMBS[name][0], MOST if name != "a header that lies" else 10_000_000) < 60, name
    large = png(4000, 4000, b"\0" * (4000 * 3 + 1) * 4000)
    assert grown_mb(tmp_path, large, MOST) > 40, "what is decoded is seen in this measure"
