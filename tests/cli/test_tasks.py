"""`serve-app tasks` prints the tables that the server itself uses."""

from typing import Any

import pytest
from click.testing import CliRunner

from serve_app import tasks as table
from serve_app.cli.tasks import tasks, values_of


def test_every_task_alias_and_parameter_is_listed() -> None:
    output = CliRunner().invoke(tasks).output
    for task in table.TASKS.values():
        also = f" (also: {', '.join(task.aliases)})" if task.aliases else ""
        assert f"{task.name}{also}, executor {task.executor}" in output
        for name in task.Params.model_fields:
            assert f"│ {name} " in output


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, "integer from 1 to 9"),
        ({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]}, "number above 0"),
        ({"enum": ["a", "b"]}, "a, b"),
        ({"const": 1}, "1"),
        ({"type": "array", "items": {"type": "string", "maxLength": 5}}, "list of string to 5 characters"),
        ({}, "any"),
    ],
)
def test_bounds_in_words(schema: dict[str, Any], words: str) -> None:
    assert values_of(schema) == words
