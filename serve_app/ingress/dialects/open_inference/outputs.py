"""Which tensors a task's answers become, read from the type of the answer."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from serve_app.ingress.dialects.open_inference.datatypes import WRITTEN
from serve_app.ingress.dialects.open_inference.padding import padded
from serve_app.ingress.dialects.open_inference.schemas import Part, leaves, part_of
from serve_app.ingress.replies import json_bytes
from serve_app.tasks.base import Task
from serve_app.tasks.media.output import Blob

JSON, COUNT = "json", "count"


class Answered(NamedTuple):
    """One tensor of an answer."""

    name: str
    datatype: str
    array: NDArray[Any]


class Column(NamedTuple):
    """What one tensor tells: the whole of an answer, or one part of it, which may be missing."""

    name: str
    part: Part
    whole: bool = False
    optional: bool = False

    def of(self, answer: Any, lists: int) -> Any:
        """Its values, in as many lists as the answer."""
        if lists and not isinstance(answer, np.ndarray):
            return [self.of(each, lists - 1) for each in answer]
        if isinstance(answer, dict):
            return None if self.whole else self._value(answer.get(self.name))
        return self._value(answer) if self.whole else None

    def _value(self, value: Any) -> Any:
        if value is None:
            return None
        if self.part.among:
            return _numbers(value, self.part.among)
        if self.part.kind == "json":
            return json_bytes(value).decode()
        return value.data if isinstance(value, Blob) else value


class Gives(NamedTuple):
    """The tensors of a task's answers; `lists` says how many lists usually stand around what they tell."""

    columns: Sequence[Column]
    lists: int
    counted: bool

    @property
    def names(self) -> list[str]:
        return [*(column.name for column in self.columns), *([COUNT] if self.counted else []), JSON]

    def tensors(self, answers: Sequence[Any], wanted: Sequence[str]) -> list[Answered]:
        """The wanted ones in their order; where none is named, all that hold something, but for `json`."""
        lists = max(map(_lists_around, answers))
        even = [_deeper(answer, lists - _lists_around(answer)) for answer in answers]
        made: dict[str, Answered] = {}
        for column in self.columns:
            if not wanted or column.name in wanted:
                values = [column.of(answer, lists) for answer in even]
                if wanted or not column.optional or _holds(values):
                    made[column.name] = _column(column, values, lists)
        if COUNT in wanted or (not wanted and self.counted and lists):
            counts = [len(answer) if lists else 1 for answer in even]
            made[COUNT] = Answered(COUNT, "INT64", np.array(counts, np.int64))
        if JSON in wanted or not (wanted or self.columns):
            texts = [json_bytes(answer).decode() for answer in answers]
            made[JSON] = Answered(JSON, "BYTES", np.array(texts, object))
        return [made[name] for name in wanted or made]


def _column(column: Column, values: Sequence[Any], lists: int) -> Answered:
    part, written = column.part, WRITTEN[column.part.kind]
    axes = 1 + lists + part.depth + bool(part.among)
    return Answered(column.name, written.datatype, padded(values, axes, written, wide=len(part.among)))


@cache
def gives(task: Task) -> Gives:
    schema = TypeAdapter(task.Output).json_schema(mode="serialization")
    shared = schema.get("$defs", {})
    found = list(leaves(schema, shared))
    columns: dict[str, Column] = {}
    for leaf in found:
        needed = leaf.schema.get("required", ()) if len(found) == 1 else ()
        fields = leaf.fields.items()
        parts = [Column(name, part_of(inside, shared), False, name not in needed) for name, inside in fields]
        for column in parts or [Column(task.answer, Part(leaf.kind), True, len(found) > 1)]:
            known = columns.setdefault(column.name, column)
            if known.part != column.part:
                columns[column.name] = known._replace(part=Part("json"))
    return Gives(tuple(columns.values()), found[0].depth, any(leaf.depth for leaf in found))


def _lists_around(answer: Any) -> int:
    if isinstance(answer, np.ndarray):
        return answer.ndim
    if isinstance(answer, Blob) or not isinstance(answer, list | tuple):
        return 0
    return 1 + max(map(_lists_around, answer), default=0)


def _deeper(answer: Any, lists: int) -> Any:
    for _ in range(lists):
        answer = [answer]
    return answer


def _numbers(value: Any, among: Sequence[str]) -> Any:
    return [_numbers(each, among) for each in value] if isinstance(value, list) else [value[name] for name in among]


def _holds(values: Any) -> bool:
    return any(map(_holds, values)) if isinstance(values, list) else values is not None
