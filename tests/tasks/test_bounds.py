"""Nothing that a caller may send is without end: numbers, lists and objects with keys of the caller's own."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter

from serve_app.tasks import TASKS

BOTH_ENDS = ({"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"})
NEEDED: Mapping[str, tuple[set[str], ...]] = {
    "integer": BOTH_ENDS,
    "number": BOTH_ENDS,
    "array": ({"maxItems"},),
    "object": ({"maxProperties"},),
}


def unbounded(schema: Any, where: str = "") -> Iterator[str]:
    """The places that have no bound where one is needed."""
    if isinstance(schema, list):
        schema = dict(enumerate(schema))
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    own_keys = kind != "object" or isinstance(schema.get("additionalProperties"), dict)
    if isinstance(kind, str) and own_keys and not schema.keys() & {"enum", "const"}:
        yield from (f"{where}: {kind}" for bounds in NEEDED.get(kind, ()) if not schema.keys() & bounds)
    for name, part in schema.items():
        yield from unbounded(part, f"{where}/{name}")


@pytest.mark.parametrize("name", TASKS)
def test_every_number_and_every_list_has_its_bounds(name: str) -> None:
    task = TASKS[name]
    assert list(unbounded(TypeAdapter(task.Params).json_schema())) == []
    assert list(unbounded(TypeAdapter(task.Input).json_schema())) == []


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (int, [": integer", ": integer"]),
        (Annotated[int, Field(ge=1)], [": integer"]),
        (Annotated[int, Field(ge=1, lt=5)], []),
        (list[str], [": array"]),
        (Annotated[list[float], Field(max_length=5)], ["/items: number", "/items: number"]),
        (dict[str, str], [": object"]),
        (Annotated[dict[str, str], Field(max_length=5)], []),
    ],
)
def test_what_this_check_finds(kind: Any, found: list[str]) -> None:
    assert list(unbounded(TypeAdapter(kind).json_schema())) == found
