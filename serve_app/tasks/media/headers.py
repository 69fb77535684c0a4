"""How large an image says it is: read from its first bytes, before any library has made room for it."""

import re
from collections.abc import Callable, Mapping
from struct import error as CutOff
from struct import unpack_from
from typing import NamedTuple

_SEGMENT_OF_JPEG = re.compile(rb"\xff([\x01-\xfe])")
_SIZE_OF_JPEG = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE_IN_JPEG = frozenset((0x01, *range(0xD0, 0xD9)))
_MARKER_OF_JPEG = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
"""What stands between and behind pixels, but for the marks that part them."""
_SCAN_OF_JPEG, _END_OF_JPEG = 0xDA, 0xD9
_SKIPPED_IN_JPEG = frozenset((0xC4, 0xCC, _SCAN_OF_JPEG, 0xDB, 0xDC, 0xDD, *range(0xE0, 0xF0), 0xFE))
"""All whose length decoders believe: behind any other they go on with the next byte."""
_MOST_SEGMENTS = 10_000
_MOST_BLOCKS = 200_000
"""Fifty megabytes of them as every program writes them, and a bound for those that hold a byte each."""


class Header(NamedTuple):
    """What is said of an image; a photograph that comes in scans is gone over as a whole for each of them."""

    width: int
    height: int
    frames: int = 1
    scans: int = 1


def header_of(name: str, data: bytes, most_frames: int) -> Header | None:
    """The header of a file of this format, or None where it makes no sense; frames are counted just beyond the most."""
    try:
        return _HEADERS[name](data, most_frames)
    except (CutOff, IndexError):
        return None


def _png(data: bytes, most_frames: int) -> Header:
    width, height = unpack_from(">II", data, 16)
    animation = data.find(b"acTL", 0, max(data.find(b"IDAT"), 0))
    return Header(width, height, frames=1 if animation < 0 else unpack_from(">I", data, animation + 4)[0])


def _jpeg(data: bytes, most_frames: int) -> Header | None:
    place = 0
    for _ in range(_MOST_SEGMENTS):
        found = _SEGMENT_OF_JPEG.search(data, place)
        if found is None:
            return None
        marker, place = found[1][0], found.end()
        if marker in _SIZE_OF_JPEG:
            height, width = unpack_from(">HH", data, place + 3)
            return Header(width, height, scans=_scans(data, place + unpack_from(">H", data, place)[0]))
        if marker not in _ALONE_IN_JPEG:
            place += unpack_from(">H", data, place)[0]
    return None


def _scans(data: bytes, place: int) -> int:
    """As a decoder meets them, up to the end of the image: telephones put films and other images behind that."""
    scans = 0
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER_OF_JPEG.search(data, place)
        if found is None or (marker := found[1][0]) == _END_OF_JPEG:
            return scans
        place = found.end()
        scans += marker == _SCAN_OF_JPEG
        if marker in _SKIPPED_IN_JPEG:
            place += int.from_bytes(data[place : place + 2], "big")
    return scans + data.count(b"\xff\xda", place)


def _webp(data: bytes, most_frames: int) -> Header | None:
    match data[12:16]:
        case b"VP8X":
            width, height = (int.from_bytes(data[place : place + 3], "little") + 1 for place in (24, 27))
            return Header(width, height, frames=data.count(b"ANMF", 30) or 1)
        case b"VP8L":
            bits = unpack_from("<I", data, 21)[0]
            return Header((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8 ":
            width, height = unpack_from("<HH", data, 26)
            return Header(width & 0x3FFF, height & 0x3FFF)
    return None


def _gif(data: bytes, most_frames: int) -> Header | None:
    width, height = unpack_from("<HH", data, 6)
    frames, place, blocks = 0, 13 + _palette(data[10]), 0
    while place < len(data) and frames <= most_frames:
        if data[place] == 0x2C:
            frames += 1
            place += 11 + _palette(data[place + 9])
        elif data[place] == 0x21:
            place += 2
        else:
            break
        while place < len(data) and (length := data[place]):
            place += 1 + length
            blocks += 1
            if blocks > _MOST_BLOCKS:
                return None
        place += 1
    return Header(width, height, frames)


def _palette(flags: int) -> int:
    return 6 << (flags & 7) if flags & 0x80 else 0


_HEADERS: Mapping[str, Callable[[bytes, int], Header | None]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "WebP": _webp,
    "GIF": _gif,
}
