"""The image or sound that a caller may send: bytes, base64, a data URL, or a link to a host that the config trusts."""

import base64
import binascii
import re
from typing import Annotated, Any, NamedTuple

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_DATA_URL = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)
_LINK = re.compile(r"https?://", re.IGNORECASE)
_BLANKS = ("\n", "\r", " ", "\t")
_LONGEST_LINK = 4096
_PIECE = 2**18
"""Whole groups of four; other threads have to wait while a piece is decoded."""


class Link(NamedTuple):
    """Where the bytes are; whoever lets it pass fetches them first."""

    url: str


def _media(value: Any) -> bytes | Link:
    match value:
        case Link():
            return value
        case bytes() | bytearray() | memoryview():
            found = bytes(value)
        case str() if _LINK.match(value):
            if len(value) > _LONGEST_LINK:
                raise PydanticCustomError("long_link", "is a link of more than 4096 characters")
            return Link(value)
        case str():
            found = _decoded(value)
        case _:
            raise PydanticCustomError("no_media", "must be base64 of a file, a data URL, or a link to one")
    if not found:
        raise PydanticCustomError("empty_media", "must not be empty")
    return found


def _decoded(text: str) -> bytes:
    start = found.end() if (found := _DATA_URL.match(text)) else 0
    written = text[start:] if start else text
    try:
        if any(blank in written for blank in _BLANKS):
            written = "".join(written.split())
        pieces = range(0, len(written), _PIECE)
        if "=" in written[: pieces[-1] if pieces else 0]:
            raise ValueError("it ends more than once")
        return b"".join(base64.b64decode(written[start : start + _PIECE], validate=True) for start in pieces)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("no_base64", "is no base64, data URL, or link that begins with http") from None


def _schema(kind: str, words: str) -> WithJsonSchema:
    content = {"contentEncoding": "base64", "contentMediaType": kind}
    return WithJsonSchema({"type": "string", "minLength": 1, **content, "description": words})


Image = Annotated[
    bytes | Link,
    PlainValidator(_media),
    _schema("image/*", "An image: base64 of a PNG, JPEG, WebP or GIF file, a data URL, or a link to a trusted host"),
    Field(title="Image"),
]
Sound = Annotated[
    bytes | Link,
    PlainValidator(_media),
    _schema("audio/*", "A sound: base64 of a WAV, FLAC, OGG or MP3 file, a data URL, or a link to a trusted host"),
    Field(title="Sound"),
]
