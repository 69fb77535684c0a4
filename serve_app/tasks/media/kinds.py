"""What a file is, told by its first bytes: nobody's word for it counts, neither a name's nor a Content-Type's."""

import re
from typing import NamedTuple


class Kind(NamedTuple):
    """A format by its name, and what it holds as far as that matters here."""

    name: str
    holds: str


_KINDS: tuple[tuple[bytes, Kind], ...] = (
    (rb"\x89PNG\r\n\x1a\n", Kind("PNG", "image")),
    (rb"\xff\xd8\xff", Kind("JPEG", "image")),
    (rb"GIF8[79]a", Kind("GIF", "image")),
    (rb"RIFF....WEBP", Kind("WebP", "image")),
    (rb"(?:RIFF|RIFX|RF64)....WAVE", Kind("WAV", "sound")),
    (rb"fLaC", Kind("FLAC", "sound")),
    (rb"OggS", Kind("OGG", "sound")),
    (rb"ID3|\xff[\xe2-\xe5\xf2-\xf5\xfa-\xfd]", Kind("MP3", "sound")),
    (rb"\xff[\xf0\xf1\xf8\xf9]", Kind("AAC", "recording")),
    (rb"....ftyp(?:avif|avis|heic|heix|mif1|msf1)", Kind("AVIF or HEIC", "other")),
    (rb"....ftyp", Kind("MP4 or M4A", "recording")),
    (rb"\x1aE\xdf\xa3", Kind("WebM", "recording")),
    (rb"FORM....AIF[FC]", Kind("AIFF", "other")),
    (rb"RIFF....AVI ", Kind("AVI", "other")),
    (rb"BM.{4}\0\0\0\0", Kind("BMP", "other")),
    (rb"II\*\0|MM\0\*", Kind("TIFF", "other")),
    (rb"%PDF-", Kind("PDF", "other")),
    (rb"PK\x03\x04|PK\x05\x06", Kind("zip", "other")),
    (rb"\x1f\x8b", Kind("gzip", "other")),
    (rb"\s*<(?:\?xml|svg|!DOCTYPE|html)", Kind("XML, SVG or HTML", "other")),
    (rb"--[^\r\n]{1,70}\r\n", Kind("a form", "other")),
    (rb"data:[^,]{0,40};base64,", Kind("a data URL, which belongs in JSON", "other")),
    (rb"iVBORw0K|/9j/[2-4]|R0lGOD|UklGR|ZkxhQ|T2dnU", Kind("base64, which belongs in JSON", "other")),
    (rb"\s*[{\[]", Kind("JSON", "words")),
)
_PATTERNS = tuple((re.compile(magic, re.DOTALL | re.IGNORECASE), kind) for magic, kind in _KINDS)
_HEAD = 64
SENT_AS = {"image": "PNG, JPEG, WebP or GIF", "sound": "WAV, FLAC, OGG or MP3"}


def kind_of(data: bytes) -> Kind | None:
    """What these bytes begin like."""
    head = data[:_HEAD]
    return next((kind for pattern, kind in _PATTERNS if pattern.match(head)), None)


def refused(kind: Kind | None, wanted: str) -> str:
    """Why a file of this kind is not the image or the sound that was asked for, and what to send."""
    looks = "" if kind is None else f" (it looks like {kind.name})"
    return f"this is no {wanted} that can be read here{looks}: send {SENT_AS[wanted]}"
