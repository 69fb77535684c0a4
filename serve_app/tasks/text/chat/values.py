"""Values that belong to the caller, such as the schema of a tool: JSON, and neither endless nor bottomless."""

import math
from typing import Annotated, Any

from pydantic import AfterValidator, Field, Strict
from pydantic_core import PydanticCustomError

MOST_DEPTH = 32
MOST_PARTS = 20_000


def _bounded(value: dict[str, Any]) -> dict[str, Any]:
    level: list[Any] = [value]
    parts = 0
    for _ in range(MOST_DEPTH):
        inside: list[Any] = []
        for each in level:
            parts += len(each)
            inside += each.values() if isinstance(each, dict) else each
            if isinstance(each, dict) and not all(isinstance(name, str) for name in each):
                raise PydanticCustomError("not_json", "must be JSON: every name is a string")
        if parts > MOST_PARTS:
            raise PydanticCustomError("too_many_parts", "must not have more than {most} parts", {"most": MOST_PARTS})
        if not all(map(_is_json, inside)):
            raise PydanticCustomError("not_json", "must be JSON, without NaN and Infinity")
        level = [each for each in inside if isinstance(each, dict | list)]
        if not level:
            return value
    raise PydanticCustomError("too_deep", "must not be nested more than {most} deep", {"most": MOST_DEPTH})


def _is_json(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or type(value) in (str, int, bool, dict, list)


JsonObject = Annotated[dict[str, Any], Strict(), Field(max_length=1000), AfterValidator(_bounded)]
"""An object with names of the caller's own."""
