"""A body of JSON, with the bytes of tensors behind it where a header tells how long the JSON is."""

from typing import Any

from serve_app.errors import BadRequest
from serve_app.ingress.bodies import Headers, parse_json

HEADER = "Inference-Header-Content-Length"
_NAME = HEADER.lower().encode()
_DIGITS = 20
BINARY = "application/octet-stream"


class Framed(dict[str, Any]):
    """The JSON's fields, and what stands behind it."""

    tail: bytes = b""


def framed(headers: Headers, raw: bytes) -> Framed:
    told = headers.get(_NAME)
    if told is None:
        return Framed(parse_json(headers, raw))
    length = int(told) if told.isdigit() and len(told) < _DIGITS else len(raw) + 1
    if length > len(raw):
        raise BadRequest(f"{HEADER} must be a whole number, and at most the {len(raw)} bytes of the body")
    body = Framed(parse_json({}, raw[:length]))
    body.tail = raw[length:]
    return body
