"""A file that a task answers with: an image or a sound."""

import base64
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema


class Blob(NamedTuple):
    """A file's bytes and what they are; dialects send them raw or as base64."""

    data: bytes
    media_type: str

    @property
    def base64(self) -> str:
        return base64.b64encode(self.data).decode()


def _read_back(value: Any) -> Any:
    """A file as JSON holds it, which does not say what it is."""
    return Blob(base64.b64decode(value, validate=True), "application/octet-stream") if isinstance(value, str) else value


Base64Blob = Annotated[
    Blob,
    BeforeValidator(_read_back),
    PlainSerializer(lambda blob: blob.base64),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]
