"""An input that comes in two shapes, and what is wrong with it told of one of them only."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidatorFunctionWrapHandler, WrapValidator


def either(usual: Any, other: Any, is_other: Callable[[Any], bool]) -> Any:
    """A type for both; a look at the value says by which of them it is checked."""
    return Annotated[usual | other, by_look(usual, other, is_other)]


def by_look(usual: Any, other: Any, is_other: Callable[[Any], bool]) -> WrapValidator:
    """The same for a field that says itself what its types are."""
    shapes: dict[bool, TypeAdapter[Any]] = {False: TypeAdapter(usual), True: TypeAdapter(other)}

    def checked(value: Any, union: ValidatorFunctionWrapHandler) -> Any:
        return shapes[is_other(value)].validate_python(value)

    return WrapValidator(checked)
