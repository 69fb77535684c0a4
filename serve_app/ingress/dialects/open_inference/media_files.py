"""Pixels and samples as files, which is how a task takes them: quickly written, and not a number changed."""

import struct
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

COLOURS: Mapping[int, int] = {1: 0, 3: 2, 4: 6}
"""What PNG calls grey, RGB and RGBA, by their channels."""
RATE = 16_000
_FLOATS = 3


def picture_file(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of rows, columns and channels; nothing is squeezed, because it is read again at once."""
    height, width, channels = pixels.shape
    unfiltered = np.zeros((height, 1), np.uint8)
    lines = np.concatenate((unfiltered, pixels.reshape(height, width * channels)), axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, COLOURS[channels], 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 0)), (b"IEND", b""))
    chunks = ((struct.pack(">I", len(data)) + kind, data, _checked(kind, data)) for kind, data in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(piece for chunk in chunks for piece in chunk)


def sound_file(samples: NDArray[np.float32], rate: int) -> bytes:
    """A WAV of one channel of floats."""
    data = np.ascontiguousarray(samples, "<f4").tobytes()
    format = struct.pack("<HHIIHH", _FLOATS, 1, rate, 4 * rate, 4, 32)
    chunks = ((b"fmt ", format), (b"fact", struct.pack("<I", samples.size)), (b"data", data))
    body = b"".join(name + struct.pack("<I", len(content)) + content for name, content in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def _checked(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
