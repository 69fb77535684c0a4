"""Refusals in words for callers: what is wrong with which field, or that there is no place, in no library's jargon."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from serve_app.errors import InvalidInput, Overloaded

_WORDS: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "must be a string",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "list_type": "must be a list",
    "dict_type": "must be an object",
}
_SHOULD = re.compile(r"^(?:Input|String|List|Value) should ")
_LISTED = 5
_NAME_LENGTH = 80


def full_queue(waiting: int, limit: int, drained_per_s: float) -> Overloaded:
    """No place for more; it is worth coming back when what waits now is done."""
    drain_s = waiting / drained_per_s if drained_per_s else 1.0
    return Overloaded(
        f"{waiting} inputs wait for this model already, and its limit is {limit}: "
        "come back later, or raise limits.max_queued_requests or the number of replicas",
        retry_after_s=min(max(drain_s, 1.0), 60.0),
    )


def refusal(error: ValidationError, where: str, known: Iterable[str] = ()) -> InvalidInput:
    """Every fault in one message, with the first one's field; `known` are the names that exist."""
    words: dict[str, list[str]] = {}
    unknown = False
    for fault in error.errors(include_url=False, include_input=False):
        unknown |= fault["type"] == "extra_forbidden"
        said = words.setdefault(_field(where, fault["loc"]), [])
        if (says := _words(fault)) not in said:
            said.append(says)
    faults = [f"`{field}`{_joined(said)}" for field, said in list(words.items())[:_LISTED]]
    names = f"; there are {', '.join(known)}" if unknown else ""
    return InvalidInput("; ".join(faults) + names, next(iter(words)))


def brief(name: str) -> str:
    """A caller's own word, short enough to be said back."""
    return name if len(name) <= _NAME_LENGTH else name[:_NAME_LENGTH] + "…"


def _field(where: str, location: Sequence[int | str]) -> str:
    """The place of a fault; behind the field's name, words are only the branches of a union."""
    name, *rest = location or ("",)
    field = f"{where}.{brief(name)}" if isinstance(name, str) and name else where
    return field + "".join(f"[{part}]" for part in (name, *rest) if isinstance(part, int))


def _words(fault: Mapping[str, Any]) -> str:
    kind, message = fault["type"], str(fault["msg"])
    if kind == "extra_forbidden":
        return " is not a parameter of this task"
    if kind == "value_error":
        return ": " + message.removeprefix("Value error, ")
    return " " + (_WORDS.get(kind) or _SHOULD.sub("must ", message))


def _joined(said: Sequence[str]) -> str:
    """The branches of a union are alternatives: one `must` does for all of them."""
    return said[0] + "".join(" or" + words.removeprefix(" must") for words in said[1:])
