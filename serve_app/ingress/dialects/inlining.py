"""A JSON schema that stands by itself: what it refers to stands where it is meant."""

from collections.abc import Mapping
from typing import Any


def inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The same without `$defs`; its parts do not hold themselves."""
    parts: Mapping[str, Any] = schema.pop("$defs", {})

    def put(value: Any) -> Any:
        if isinstance(value, list):
            return [put(part) for part in value]
        if not isinstance(value, dict):
            return value
        beside = {name: put(part) for name, part in value.items() if name != "$ref"}
        return {**put(parts[value["$ref"].rpartition("/")[2]]), **beside} if "$ref" in value else beside

    inside: dict[str, Any] = put(schema)
    return inside
