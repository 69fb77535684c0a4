"""Yes and no, in all the ways in which clients say it."""

from collections.abc import Mapping
from typing import Any

from serve_app.errors import BadRequest
from serve_app.ingress.bodies import Headers

_SAID: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False}
WAITS, CACHES = b"x-wait-for-model", b"x-use-cache"


def flag(value: Any) -> bool | None:
    """What was said, or None for what is neither."""
    return _SAID.get(str(value).lower()) if isinstance(value, bool | int | str) else None


def waits_by(headers: Headers) -> bool:
    """Whether the headers say that the caller would rather wait for a model; nothing is cached, whatever they say."""
    return [_told(headers, name) for name in (CACHES, WAITS)][-1]


def _told(headers: Headers, name: bytes) -> bool:
    given = headers.get(name)
    if given is None:
        return False
    told = flag(given.decode("latin-1").strip())
    if told is None:
        header = name.decode().title()
        raise BadRequest(f"{header} must be true or false (1 or 0)", header)
    return told
