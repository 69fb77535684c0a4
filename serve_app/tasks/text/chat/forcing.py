"""Calls that the caller demands: what the answer begins with, and the grammar that the rest follows."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from serve_app.errors import InvalidInput
from serve_app.tasks.sequences import Grammar
from serve_app.tasks.text.chat.formats.base import Format

FIELD = "tool_choice"
_ANY = {"type": "object"}


class Forced(NamedTuple):
    """A call, and nothing else."""

    prefix: str
    grammar: Grammar


def forced(choice: str | Mapping[str, Any], tools: Sequence[Mapping[str, Any]], format: Format | None) -> Forced | None:
    """What makes the model call one of these functions, if it must."""
    if choice in ("auto", "none"):
        return None
    functions = {tool["function"]["name"]: tool["function"].get("parameters") or _ANY for tool in tools}
    if not isinstance(choice, str):
        name = choice["function"]["name"]
        functions = {name: functions[name]} if name in functions else {}
    if not functions:
        raise InvalidInput("no such function stands in `tools`, so it cannot be called", FIELD)
    if format is None:
        raise InvalidInput("it is not known how this model writes calls, so none can be demanded: use auto", FIELD)
    # Schemas refer to their own roots, which are no longer roots here.
    places = {name: f"#/$defs/{index}" for index, name in enumerate(functions)}
    schema = format.schema({name: {"$ref": place} for name, place in places.items()})
    schema["$defs"] = {place.rpartition("/")[2]: _moved(functions[name], place) for name, place in places.items()}
    return Forced(format.forced, Grammar("json_schema", json.dumps(schema)))


def _moved(schema: Any, place: str) -> Any:
    """The schema with its references to itself as they are from elsewhere."""
    if isinstance(schema, list):
        return [_moved(part, place) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: place + part[1:]
        if name == "$ref" and isinstance(part, str) and part.startswith("#")
        else _moved(part, place)
        for name, part in schema.items()
    }
