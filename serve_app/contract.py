"""What a model takes from its callers, checked in the same words over HTTP and by handle."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.errors import InvalidInput, TooManyItems
from serve_app.tasks.base import Params, Task

T = TypeVar("T")
_WORDS = {"missing": "is missing", "string_type": "must be a string"}
_LISTED = 5


@dataclass(frozen=True)
class Contract:
    """One model's checks."""

    model: Model

    @property
    def name(self) -> str:
        return self.model.name

    @cached_property
    def task(self) -> Task:
        task = tasks.find(self.model.hf_task)
        assert task is not None, "the config was checked when the graph was built"
        return task

    @cached_property
    def defaults(self) -> Params:
        """The parameters of a request that sets none: one object, so that an envelope holds it once."""
        return self.task.Params.model_validate(self.model.hf_generation_kwargs)

    def inputs(self, value: Any, field: str) -> tuple[list[Any], bool]:
        """One input or a list of them, each checked; the flag says whether it was one."""
        single = not isinstance(value, list)
        values = [value] if single else value
        limit = self.model.limits.max_items
        if not values:
            raise InvalidInput(f"`{field}` is an empty list", field)
        if len(values) > limit:
            raise too_many(field, len(values), f"this model takes {limit} in one request (limits.max_items)")
        validate = self._input.validate_python
        try:
            return [validate(each) for each in values], single
        except ValidationError:
            return [
                self._checked(validate, each, field if single else f"{field}[{i}]") for i, each in enumerate(values)
            ], single

    def params(self, given: Any, field: str) -> Params:
        """The request's parameters over the config's."""
        if given is None or given == {}:
            return self.defaults
        if not isinstance(given, dict):
            raise InvalidInput(f"`{field}` must be an object", field)
        merged = {**self.model.hf_generation_kwargs, **given}
        return self._checked(self.task.Params.model_validate, merged, field)

    @cached_property
    def _input(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.task.Input)

    def _checked(self, validate: Callable[[Any], T], value: Any, where: str) -> T:
        """Validate, with every fault in one message and the first one's field."""
        try:
            return validate(value)
        except ValidationError as error:
            faults = [(_field(where, fault["loc"]), self._words(fault)) for fault in error.errors(include_url=False)]
        raise InvalidInput("; ".join(f"`{field}` {words}" for field, words in faults[:_LISTED]), faults[0][0])

    def _words(self, fault: Mapping[str, Any]) -> str:
        if fault["type"] == "extra_forbidden":
            return f"is not a parameter of {self.task.name}; there are {', '.join(self.task.Params.model_fields)}"
        message = _WORDS.get(fault["type"]) or str(fault["msg"]).removeprefix("Value error, ").removeprefix(
            "Input should "
        )
        return message if message.startswith(("is ", "must ", "has ")) else f"must {message}"


def too_many(field: str, found: int, limit: str) -> TooManyItems:
    return TooManyItems(f"`{field}` holds {found} inputs, and {limit}", field)


def _field(where: str, location: Sequence[int | str]) -> str:
    return where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
