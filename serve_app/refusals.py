"""Refusals in words for callers: what is wrong with which field, or that there is no place, in no library's jargon."""

import re
from collections.abc import Collection, Mapping, Sequence
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
_OF_OBJECTS = ("missing", "extra_forbidden")
_NAME = re.compile(r"[a-z][a-z_]*")
_BRANCHES = ("str", "int", "float", "bool", "none")
_LISTED = 5
_MOST_READ = 50_000
"""Reading what pydantic says of each takes longer than finding them all did, and everyone else waits for it."""
_NAME_LENGTH = 80


def full_queue(waiting: int, limit: int, drained_per_s: float) -> Overloaded:
    """No place for more; it is worth coming back when what waits now is done."""
    drain_s = waiting / drained_per_s if drained_per_s else 1.0
    return Overloaded(
        f"{waiting} inputs wait for this model already, and its limit is {limit}: "
        "come back later, or raise limits.max_queued_requests or the number of replicas",
        retry_after_s=min(max(drain_s, 1.0), 60.0),
    )


def refusal(error: ValidationError, where: str, known: Collection[str] = (), own_names: bool = False) -> InvalidInput:
    """The first faults in one message, with the first one's field; `known` are the names of parameters.

    With `own_names` whatever looks like the name of a field is one: callers have hardly any names of their own there.
    """
    if error.error_count() > _MOST_READ:
        return InvalidInput(f"`{where}` has {error.error_count()} faults, too many to list", where)
    words: dict[str, list[str]] = {}
    unknown = False
    for fault in error.errors(include_url=False, include_input=False):
        unknown |= fault["type"] == "extra_forbidden"
        said = words.setdefault(_field(where, fault["loc"], own_names or fault["type"] in _OF_OBJECTS), [])
        if (says := _words(fault, bool(known))) not in said:
            said.append(says)
        if len(words) > _LISTED:
            break
    faults = [f"`{field}`{_joined(said)}" for field, said in list(words.items())[:_LISTED]]
    names = f"; there are {', '.join(known)}" if unknown and known else ""
    return InvalidInput("; ".join(faults) + names, next(iter(words)))


def brief(name: str) -> str:
    """A caller's own word, short enough to be said back."""
    return name if len(name) <= _NAME_LENGTH else name[:_NAME_LENGTH] + "…"


def _field(where: str, location: Sequence[int | str], in_object: bool) -> str:
    """The place of a fault; behind the field's name, words may also be the branches of a union or a caller's own."""
    name, *rest = location or ("",)
    field = f"{where}.{brief(name)}" if isinstance(name, str) and name else where
    for part in (name, *rest) if isinstance(name, int) else rest:
        if isinstance(part, int):
            in_object = True
            field += f"[{part}]"
        elif in_object and _NAME.fullmatch(part) and part not in _BRANCHES:
            field += f".{brief(part)}"
    return field


def _words(fault: Mapping[str, Any], of_parameters: bool) -> str:
    kind, message = fault["type"], str(fault["msg"])
    if kind == "extra_forbidden":
        return f" is not a {'parameter of this task' if of_parameters else 'field of this input'}"
    if kind == "value_error":
        return ": " + message.removeprefix("Value error, ")
    return " " + (_WORDS.get(kind) or _SHOULD.sub("must ", message))


def _joined(said: Sequence[str]) -> str:
    """The branches of a union are alternatives: one `must` does for all of them."""
    return said[0] + "".join(" or" + words.removeprefix(" must") for words in said[1:])
