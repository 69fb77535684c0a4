"""What Python's own writer lets into a body and JSON has no way to say, and in which field it stands."""

import json
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

from serve_app.refusals import brief

READ_AGAIN = 1_000_000
"""Bytes. Reading again takes many times longer than reading did, and everyone else waits for it."""
_NOT_FINITE = "must be a finite number"
_HALF_A_PAIR = "holds half a surrogate pair"
_HALF_A_PAIR_IN_A_NAME = "holds a name with half a surrogate pair"


class Oddity(NamedTuple):
    """A value that no JSON holds: the path to it, and what is wrong with it."""

    path: tuple[str | int, ...]
    words: str

    @property
    def field(self) -> str:
        parts = (f"[{part}]" if isinstance(part, int) else f".{brief(part)}" for part in self.path)
        return "".join(parts).removeprefix(".")


def oddity_in(raw: bytes) -> Oddity | None:
    """The first one in a body that is no JSON, or None where something else is wrong with it."""
    if len(raw) > READ_AGAIN:
        return None
    try:
        return _first(json.loads(raw.decode()))
    # Too deep for either reader, or a number of more digits than Python reads.
    except (ValueError, RecursionError):
        return None


def _first(value: Any) -> Oddity | None:
    if isinstance(value, str):
        return Oddity((), _HALF_A_PAIR) if _broken(value) else None
    if isinstance(value, int | float):
        # Neither what is beyond doubles nor what is no number at all lies between the two.
        return None if -sys.float_info.max <= value <= sys.float_info.max else Oddity((), _NOT_FINITE)
    if isinstance(value, dict):
        if any(map(_broken, value)):
            return Oddity((), _HALF_A_PAIR_IN_A_NAME)
        return _first_of(value.items())
    return _first_of(enumerate(value)) if isinstance(value, list) else None


def _first_of(parts: Iterable[tuple[str | int, Any]]) -> Oddity | None:
    for name, part in parts:
        if found := _first(part):
            return Oddity((name, *found.path), found.words)
    return None


def _broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
