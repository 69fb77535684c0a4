"""Whatever stands in place of any field of any task: a 4xx that names it, never a 500, and the next one is answered."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Annotated, Any, NamedTuple, Self

import pytest
from pydantic import TypeAdapter, WithJsonSchema, model_validator

from serve_app.config.schema import Model
from serve_app.contract import Contract
from serve_app.errors import InputTooLong, InvalidInput
from serve_app.replica.calls import HandleCalls
from serve_app.tasks import TASKS
from serve_app.tasks.base import Params, Row, Task
from serve_app.tasks.kit import Kit
from serve_app.tasks.text_classification import ClassificationParams, TextClassification
from serve_app.types import Item
from tests.ingress.mutations import LARGE, UNSPEAKABLE, Mutation, mutations, valid
from tests.ingress.reading import spoken
from tests.ingress.service import Service, serving, stub

DIALECTS: Mapping[str, tuple[str, str]] = {
    "native": ("text", "generation_params"),
    "huggingface": ("inputs", "parameters"),
}
PATH = "/models/m"
# Inputs of other shapes than the task's own example, where what the schema says is not enough to make one.
MORE_INPUTS: Mapping[str, Sequence[Any]] = {
    "text-generation": [
        {
            "messages": [{"role": "user", "content": "hello"}],
            "tools": [{"type": "function", "function": {"name": "look_up"}}],
        }
    ],
    "image-text-to-text": [
        {
            "messages": [{"role": "user", "content": "hello"}],
            "tools": [{"type": "function", "function": {"name": "look_up"}}],
        }
    ],
}
DEPTH_OF_LARGE = 2
REFUSED = frozenset({400, 413, 422})


class Case(NamedTuple):
    """One call with something wrong in its input or in its parameters, and whether it must be refused."""

    of_input: bool
    mutation: Mutation
    wrong: bool

    def told_by(self, error: Mapping[str, Any], mark: str, parameters: str) -> bool:
        """Whether it names the field that was changed, or is about all of them and speaks of it."""
        whole = mark if self.of_input else parameters
        name = next((str(step) for step in self.mutation.path if isinstance(step, str)), "")
        wanted = f"{whole}.{name}" if name else whole
        told = re.sub(r"\[\d+\]", "", error.get("field") or "")
        if told == whole:
            return name in error["error"] or error["error_type"] == InputTooLong.kind
        return told == wanted or told.startswith(f"{wanted}.")

    def __str__(self) -> str:
        return f"{'input' if self.of_input else 'parameters'}{self.mutation.field}: {self.mutation.what}"


class Prober:
    """A task on the stub, and everything that can be said wrongly to it."""

    def __init__(self, task: Task, service: Service, model: Model) -> None:
        self._service = service
        self._calls = HandleCalls(Contract(model))
        self._kinds = task.Input, task.Params
        self._example = task.example()
        self._more = MORE_INPUTS.get(task.name, ())
        self._types = TypeAdapter(task.Input), TypeAdapter(task.Params)
        self._most = model.limits.max_items

    async def faults(self) -> list[str]:
        """What is wrong with the answers."""
        found: list[str] = []
        expected = await self._answers()
        assert [status for status, _ in expected] == [200] * len(expected)
        for _, cases in groupby(self._cases(), lambda case: (case.of_input, case.mutation.field)):
            for case in cases:
                found += self._by_handle(case)
                # Both dialects check by the same contract: what is large is sent in one of them.
                for dialect in list(DIALECTS)[case.mutation.what in LARGE :]:
                    found += [f"{case}: {dialect} {fault}" async for fault in self._over_http(case, dialect)]
            if await self._answers() != expected:
                found.append(f"{case}, or one before it: the next good request is answered otherwise")
        return found

    def _cases(self) -> Iterator[Case]:
        for of_input, kind, example in zip((True, False), self._kinds, self._example, strict=True):
            for mutation in mutations(kind, example, *(self._more if of_input else ())):
                # In parameters null is the same as absent. What is large at the top would be as large deeper down.
                absent = not of_input and mutation.what == "null"
                if not absent and (mutation.what not in LARGE or len(mutation.path) <= DEPTH_OF_LARGE):
                    yield Case(of_input, mutation, not self._is_valid(of_input, mutation.whole))

    def _is_valid(self, of_input: bool, value: Any) -> bool:
        if not of_input or not isinstance(value, list):
            return valid(self._types[not of_input], value)
        return 0 < len(value) <= self._most and all(valid(self._types[0], each) for each in value)

    def _by_handle(self, case: Case) -> Iterator[str]:
        input, params = self._example
        given = (case.mutation.whole, params) if case.of_input else (input, case.mutation.whole)
        try:
            self._calls.items("predict", given[0], given[1], None)
        except InvalidInput as error:
            told = {"field": error.field, "error": error.message, "error_type": error.kind}
            if not case.told_by(told, "input", "parameters"):
                yield f"{case}: by handle it is told as {told}"
        except Exception as error:
            yield f"{case}: by handle it raises {error!r}"
        else:
            if case.wrong or case.mutation.outside:
                yield f"{case}: by handle it is taken"

    async def _over_http(self, case: Case, dialect: str) -> AsyncIterator[str]:
        mark, parameters = DIALECTS[dialect]
        input, params = map(json.dumps, self._example)
        given = (case.mutation.json, params) if case.of_input else (input, case.mutation.json)
        reply = await self._service.raw(PATH, f'{{"{mark}": {given[0]}, "{parameters}": {given[1]}}}'.encode())
        if reply.status_code == 200:
            if case.wrong or case.mutation.outside or case.mutation.what in UNSPEAKABLE:
                yield "takes it"
        elif reply.status_code not in REFUSED:
            yield f"answers {reply.status_code} {reply.text}"
        elif not case.told_by(reply.json(), mark, parameters):
            yield f"tells it as {reply.text}"

    async def _answers(self) -> list[Any]:
        replies = [
            await self._service.post(PATH, dict(zip(words, self._example, strict=True))) for words in DIALECTS.values()
        ]
        return [(reply.status_code, spoken(reply)) for reply in replies]


async def faults_of(name: str) -> list[str]:
    model = stub("m", name)
    async with serving(model) as service:
        return await Prober(TASKS[name], service, model).faults()


@pytest.mark.parametrize("name", TASKS)
async def test_every_field_of_every_task(name: str) -> None:
    assert await faults_of(name) == []


class CarelessParams(Params):
    """What the check above is there to find."""

    loose: Annotated[int, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 5})] | None = None
    crash: str | None = None
    silent: bool | None = None
    spoils: bool | None = None

    @model_validator(mode="after")
    def _no_name(self) -> Self:
        if self.silent:
            raise ValueError("something is wrong")
        return self


class Careless(TextClassification):
    """Publishes a bound that it does not keep, fails on a word, names no field, and is not what it was afterwards."""

    name = "careless"
    Params = CarelessParams  # type: ignore[assignment]
    spoilt = False

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        for item in items:
            self.spoilt |= item.params.spoils is True
            if item.params.crash == "word":
                raise RuntimeError("nobody thought of this")
        plain = ClassificationParams(top_k=1 if self.spoilt else 2)
        return super().expand([item._replace(params=plain) for item in items], kit)

    def join(self, item: Item, rows: Any, outs: Any, kit: Kit) -> Any:
        return super().join(item._replace(params=ClassificationParams(top_k=1 if self.spoilt else 2)), rows, outs, kit)


async def test_what_these_checks_catch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TASKS, "careless", Careless())
    found = await faults_of("careless")
    for beginning in (
        "parameters.loose: beyond minimum: by handle it is taken",
        "parameters.loose: beyond maximum: native takes it",
        "parameters.loose: beyond maximum: huggingface takes it",
        "parameters.crash: a word: native answers 500 ",
        "parameters.silent: true: huggingface tells it as ",
        "parameters.spoils: ",
    ):
        assert [fault for fault in found if fault.startswith(beginning)], (beginning, found)
    known = ("loose: beyond", "crash: a word", "silent: true", "the next good request is answered otherwise")
    assert [fault for fault in found if not any(word in fault for word in known)] == []
