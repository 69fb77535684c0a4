"""A request's body: how much of it is taken, and what must be in it."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.types import Receive

from serve_app.errors import BadRequest, BodyTooLarge, Cancelled, UnsupportedMediaType
from serve_app.ingress.almost_json import oddity_in
from serve_app.tasks.media.kinds import kind_of as what_is

Headers = Mapping[bytes, bytes]
"""By name, as ASGI has them."""
_DIGITS = 20
"""As many of a length as are read: Python refuses to read numbers of thousands of digits."""


def is_json(headers: Headers, raw: bytes) -> bool:
    """Whether a body that may be a file is JSON: some clients send no type or a wrong one, so the body itself tells."""
    found = what_is(raw)
    return found.holds == "words" if found else kind_of(headers).endswith("json")


def kind_of(headers: Headers) -> str:
    """What the body is said to be, without the parameters of that."""
    return headers.get(b"content-type", b"").decode("latin-1").split(";")[0].strip().lower()


def parse_json(headers: Headers, raw: bytes) -> dict[str, Any]:
    """The JSON object in the body."""
    _check_type(headers)
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _not_json(error, raw) from None
    if not isinstance(body, dict):
        raise BadRequest(f"the body must be a JSON object, not {_kind(body)}")
    return body


def _check_type(headers: Headers) -> None:
    # None: some clients send no type at all, and then the body itself tells.
    content_type = headers.get(b"content-type")
    if not content_type or content_type == b"application/json":
        return
    kind = kind_of(headers)
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedMediaType(f'the body must be application/json, not "{kind[:100]}"')


async def read_body(headers: Headers, receive: Receive, limit: int) -> bytes:
    """All of it, unless it is more than the limit or the caller leaves."""
    length = headers.get(b"content-length")
    if length is not None and length.isdigit() and int(length[:_DIGITS]) > limit:
        raise _too_large(limit)
    message = await receive()
    raw: bytes = message.get("body", b"")
    if message.get("more_body"):
        parts, size = [raw], len(raw)
        while message.get("more_body") and size <= limit:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        raw = b"".join(parts)
    if message["type"] == "http.disconnect":
        raise Cancelled("the caller left before the body was complete")
    if len(raw) > limit:
        raise _too_large(limit)
    return raw


def _not_json(error: orjson.JSONDecodeError, raw: bytes) -> BadRequest:
    where = f"line {error.lineno}, column {error.colno}"
    odd = oddity_in(raw)
    if odd is None or not odd.field:
        return BadRequest(f"the body is not JSON: {error.msg} at {where}")
    return BadRequest(f"the body is not JSON: `{odd.field}` {odd.words}, at {where}", odd.field)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body is larger than {limit} bytes, the limit of this server (server.max_body_bytes)")


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
