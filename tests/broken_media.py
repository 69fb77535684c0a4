"""Files that are broken, each in its own way, and texts that are no base64 of any."""

import struct
import zlib
from collections.abc import Callable, Mapping

import numpy as np

from tests.media import file_of, picture, samples, sound_file


def png(width: int, height: int, content: bytes, colours: int = 2, bits: int = 8, before: bytes = b"") -> bytes:
    """Whatever its parts say."""
    header = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    parts = [png_chunk(b"IHDR", header), before, png_chunk(b"IDAT", zlib.compress(content)), png_chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gif_of_frames(count: int) -> bytes:
    file = file_of(picture(0, 20, 20), "GIF")
    start = 13 + (6 << (file[10] & 7))
    return file[:start] + file[start:-1] * count + b";"


def _image() -> bytes:
    return file_of(picture())


def _sound() -> bytes:
    return sound_file(samples())


ANY: Mapping[str, Callable[[], bytes]] = {
    "one byte": lambda: b"\0",
    "words": lambda: b"hello",
    "a megabyte of nothing": lambda: bytes(1_000_000),
    "a PDF": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "a zip": lambda: b"PK\x03\x04" + bytes(26),
    "an SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>',
}
IMAGES: Mapping[str, Callable[[], bytes]] = {
    **ANY,
    "a sound": _sound,
    "a PNG's beginning": lambda: _image()[:30],
    "half a PNG": lambda: _image()[: len(_image()) // 2],
    "a PNG with a broken middle": lambda: _image()[:60] + bytes(20) + _image()[80:],
    "half a JPEG": lambda: file_of(picture(), "JPEG")[:400],
    "half a WebP": lambda: file_of(picture(), "WEBP")[:100],
    "half a GIF": lambda: file_of(picture(), "GIF")[:1000],
    "no pixels": lambda: png(0, 0, b""),
    "20k x 20k": lambda: png(20_000, 20_000, bytes(100_000)),
    "10k frames": lambda: gif_of_frames(10_000),
}
SOUNDS: Mapping[str, Callable[[], bytes]] = {
    **ANY,
    "an image": _image,
    "half a WAV header": lambda: _sound()[:30],
    "a WAV header alone": lambda: _sound()[:44],
    "a FLAC's beginning": lambda: sound_file(samples(), format="FLAC")[:60],
    "an OGG's beginning": lambda: sound_file(samples(), format="OGG")[:1000],
    "an MP3 that is none": lambda: b"\xff\xfb" + bytes(range(256)) * 4,
    "no numbers": lambda: sound_file(np.full(1000, np.nan, np.float32), subtype="FLOAT"),
    "an hour": lambda: sound_file(np.zeros(8000 * 3600, np.float32), 8000, "FLAC"),
}
NO_BASE64: Mapping[str, str] = {
    "nothing": "",
    "blanks": " \n",
    "one letter": "A",
    "other letters": "ü" * 8,
    "an end in the middle": "QUJD=RUY=",
    "an end far in the middle": "A" * 2_000_000 + "==" + "A" * 2_000_002,
    "an enormous word": "!" * 3_000_000,
    "a data URL of nothing": "data:image/png;base64,",
    "a data URL without base64": "data:image/png,abc",
    "a link": "http://127.0.0.1/a.png",
    "a link without end": "http://" + "a" * 5000,
    "a file's name": "file:///etc/passwd",
}
