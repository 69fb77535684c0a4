"""A small image and a short sound that always work, as a caller would send them in JSON."""

import base64
import io
import math
import struct
import wave
import zlib

_SIDE, _RATE, _SECONDS = 24, 8000, 0.1


def _png() -> bytes:
    """A red square on a white page, written by hand: the ingress need not load an image library for it."""
    edge = range(_SIDE // 4, 3 * _SIDE // 4)
    red, white = b"\xd0\x20\x20", b"\xff\xff\xff"
    lines = (b"".join(red if x in edge and y in edge else white for x in range(_SIDE)) for y in range(_SIDE))
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    parts = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    chunks = (struct.pack(">I", len(data)) + kind + data + _checked(kind + data) for kind, data in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _checked(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))


def _wav() -> bytes:
    """A short tone."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(_RATE)
        times = (number / _RATE for number in range(int(_RATE * _SECONDS)))
        sound.writeframes(bytes(round(128 + 90 * math.sin(2 * math.pi * 440 * time)) for time in times))
    return file.getvalue()


IMAGE = base64.b64encode(_png()).decode()
SOUND = base64.b64encode(_wav()).decode()
