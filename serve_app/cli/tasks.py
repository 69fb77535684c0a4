"""`serve-app tasks`: the support matrix, read from the tables that the server itself uses."""

from typing import Any

import click
from rich.table import Table

from serve_app import tasks as table
from serve_app.cli.terminal import console
from serve_app.replica.engines import ENGINES

BOUNDS = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "to {}",
    "exclusiveMaximum": "below {}",
    "minLength": "of {}",
    "maxLength": "to {} characters",
    "minItems": "of {}",
    "maxItems": "to {} entries",
}


@click.command()
def tasks() -> None:
    """List the tasks, the words for them, and their parameters with their bounds."""
    out = console()
    out.print(f"Engines: {', '.join(ENGINES)}\n")
    for task in table.TASKS.values():
        words = f"{task.name} (also: {', '.join(task.aliases)})" if task.aliases else task.name
        out.print(f"{words}, executor {task.executor}, weights by {task.auto_model}", style="bold")
        parameters = Table("parameter", "values", "default", "what it does")
        for name, schema in task.Params.model_json_schema()["properties"].items():
            parameters.add_row(name, values_of(schema), _default(schema), schema.get("description", ""))
        out.print(parameters)


def values_of(schema: dict[str, Any]) -> str:
    """The values that a parameter takes, from its JSON schema."""
    if "anyOf" in schema:
        return " or ".join(values_of(branch) for branch in schema["anyOf"] if branch.get("type") != "null")
    if "enum" in schema or "const" in schema:
        return ", ".join(str(choice) for choice in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "any")
    if kind == "array":
        kind = f"list of {values_of(schema.get('items', {}))}"
    return " ".join([kind, *(text.format(schema[key]) for key, text in BOUNDS.items() if key in schema)])


def _default(schema: dict[str, Any]) -> str:
    return "" if schema.get("default") is None else str(schema["default"])
