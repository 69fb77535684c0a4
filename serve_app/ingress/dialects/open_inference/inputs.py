"""Which tensors a task's input is made of, read from the type of that input."""

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from serve_app.errors import InvalidInput
from serve_app.ingress.dialects.open_inference.reading import values_of
from serve_app.ingress.dialects.open_inference.schemas import Kind, Part, leaves, part_of
from serve_app.ingress.dialects.open_inference.tensors import Tensor, wrong
from serve_app.refusals import brief
from serve_app.tasks.base import Task

MARK = "inputs"
JSON = "json"
_DOCUMENT = Part("json")
_ROW = re.compile(rf"`{MARK}\[(\d+)\](?:\.([a-z_]+))?")
NAMES: Mapping[Kind, str] = {
    "text": "text",
    "image": "image",
    "sound": "sound",
    "file": "file",
    "whole": "token_ids",
    "number": "numbers",
}
"""What an input is called that has no parts."""


class Takes(NamedTuple):
    """`whole` are inputs of one tensor each; `parts` make up one input together, and `needed` are always there."""

    whole: Mapping[str, Part]
    parts: Mapping[str, Part]
    needed: frozenset[str]

    @property
    def all(self) -> Mapping[str, Part]:
        """Every tensor; as JSON any input can be sent."""
        return {**self.whole, **self.parts, JSON: _DOCUMENT}

    def alone(self, names: Collection[str]) -> str | None:
        """The tensor that is the whole input, where that is what was sent."""
        [first, *others] = names
        return first if not others and (first == JSON or first in self.whole) else None

    def rows(self, tensors: Mapping[str, Tensor], rate: int) -> list[Any]:
        """One input for each row, which the task itself checks."""
        for name in tensors:
            if name not in self.all:
                raise wrong(name, f"is none of this model's; there are {', '.join(self.all)}")
        if (alone := self.alone(tensors)) is not None:
            return values_of(tensors[alone], self.whole.get(alone, _DOCUMENT), rate)
        [first, *others] = tensors
        for name in tensors:
            if name not in self.parts:
                raise wrong(name, f"goes alone, and not with `{brief(others[0] if name == first else first)}`")
        columns = {name: values_of(tensor, self.parts[name], rate) for name, tensor in tensors.items()}
        count = len(columns[first])
        for name, values in columns.items():
            if len(values) != count:
                raise wrong(name, f"has {len(values)} rows, and `{first}` has {count}")
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


@cache
def takes(task: Task) -> Takes:
    schema = TypeAdapter(task.Input).json_schema()
    shared = schema.get("$defs", {})
    found = list(leaves(schema, shared))
    whole = {NAMES[leaf.kind]: Part(leaf.kind, leaf.depth) for leaf in found if leaf.kind in NAMES}
    parts: dict[str, Part] = {}
    for leaf in found:
        for name, inside in leaf.fields.items() if not leaf.depth else ():
            part = part_of(inside, shared)
            parts[name] = _DOCUMENT if part.among or parts.get(name, part) != part else part
    needed = (*found[0].schema.get("required", ()), *whole) if len(found) == 1 else ()
    return Takes(whole, parts, frozenset(needed))


def of_tensors(error: InvalidInput, alone: str | None) -> InvalidInput:
    """What is wrong with a row, told of the tensor that it came from: `inputs[2].question` is `question[2]`."""

    def told(found: re.Match[str]) -> str:
        row, name = found.groups()
        place = f"`{alone or name or MARK}[{row}]"
        return f"{place}.{name}" if alone and name else place

    return type(error)(_ROW.sub(told, error.message), MARK)
