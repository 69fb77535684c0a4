"""What a model takes from its callers, checked in the same words over HTTP and by handle."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter, ValidationError

from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.errors import AppError, InvalidInput, ModelFault, TooManyItems
from serve_app.refusals import refusal
from serve_app.tasks.base import Params, Task


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
    def defaults(self) -> Params | None:
        """The parameters of a request that sets none: one object, so that an envelope holds it once.

        None where the task needs some that the config does not set either.
        """
        try:
            return self.task.Params.model_validate(self.model.hf_generation_kwargs)
        except ValidationError:
            return None

    def inputs(self, value: Any, field: str) -> tuple[list[Any], bool]:
        """One input or a list of them, each checked; the flag says whether it was one."""
        single = not isinstance(value, list)
        values = [value] if single else value
        limit = self.model.limits.max_items
        if not values:
            raise InvalidInput(f"`{field}` is an empty list", field)
        if len(values) > limit:
            raise too_many(field, len(values), f"this model takes {limit} in one request (limits.max_items)")
        return [self._input_at(each, field, None if single else index) for index, each in enumerate(values)], single

    def params(self, given: Any, field: str) -> Params:
        """The request's parameters over the config's; null is the same as absent."""
        if given is None:
            given = {}
        if not isinstance(given, dict):
            raise InvalidInput(f"`{field}` must be an object", field)
        kind = self.task.Params
        asked = {name: value for name, value in given.items() if value is not None or name not in kind.model_fields}
        if not asked and self.defaults is not None:
            return self.defaults
        for name in kind.nested:
            if isinstance(inside := asked.get(name), dict):
                self._checked(inside, f"{field}.{name}")
        return self._checked(kind.over(self.model.hf_generation_kwargs, asked), field)

    def placed(self, error: AppError, field: str, parameters: str, index: int | None) -> AppError:
        """What a replica says of one input, with the field that the caller knows it by."""
        if not isinstance(error, InvalidInput | ModelFault):
            return error
        where = field if index is None else f"{field}[{index}]"
        told = where
        if error.field is not None:
            told = f"{parameters if error.field in self.task.Params.model_fields else where}.{error.field}"
        return type(error)(error.message if index is None else f"`{where}`: {error.message}", told)

    def _checked(self, values: dict[str, Any], where: str) -> Params:
        try:
            return self.task.Params.model_validate(values)
        except ValidationError as error:
            raise refusal(error, where, self.task.Params.model_fields) from None

    def _input_at(self, value: Any, field: str, index: int | None) -> Any:
        try:
            return self._input.validate_python(value)
        except ValidationError as error:
            raise refusal(error, field if index is None else f"{field}[{index}]") from None

    @cached_property
    def _input(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.task.Input)


def too_many(field: str, found: int, limit: str) -> TooManyItems:
    return TooManyItems(f"`{field}` holds {found} inputs, and {limit}", field)
