"""What some clients write at the root of a Hugging Face body: parameters, and parts of the input."""

from collections.abc import Mapping
from typing import Any

from serve_app.errors import InvalidInput
from serve_app.refusals import brief
from serve_app.tasks.base import Task

INPUTS, PARAMETERS = "inputs", "parameters"
# The Python client leaks the model's URL into the parameters of some tasks, and the others put it beside them.
MODEL = "model"


def inputs_of(body: Mapping[str, Any], task: Task) -> Any:
    """The input, put together where its parts stand at the root; there one of them is often sent twice."""
    parts = {name: body[name] for name in task.root_input if body.get(name) is not None}
    given = body.get(INPUTS)
    if not parts:
        return given
    if isinstance(given, dict):
        return parts | given
    if given is not None and given not in parts.values():
        names = " or ".join(f"`{name}`" for name in parts)
        raise InvalidInput(f"`{INPUTS}` is neither the same as {names} nor an object of all parts", INPUTS)
    return parts


def parameters_of(body: Mapping[str, Any], task: Task, fields: tuple[str, ...]) -> Any:
    """The parameters of both places, of which those in `parameters` go first; `fields` is what else a body holds."""
    given = body.get(PARAMETERS)
    beside = body.keys() - {*fields, *task.root_input, MODEL}
    known = beside & task.Params.model_fields.keys() if task.root_parameters else set()
    if unknown := beside - known:
        field = brief(min(unknown))
        there = ", ".join(f"`{name}`" for name in fields)
        raise InvalidInput(f"`{field}` is not a field of a request; there are {there}", field)
    if not isinstance(given, dict | None):
        return given
    at_root = {name: body[name] for name in known}
    return at_root | {name: value for name, value in (given or {}).items() if name != MODEL or _is_own(MODEL, task)}


def _is_own(name: str, task: Task) -> bool:
    return name in task.Params.model_fields
