"""An image that some clients send by itself, and others as the only field of an object."""

from typing import Annotated, Any

from pydantic import ConfigDict, TypeAdapter, ValidatorFunctionWrapHandler, WrapValidator
from typing_extensions import TypedDict

from serve_app.tasks.media.input import Image


class Placed(TypedDict):
    """The image under its name."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]

    image: Image


_PLACED = TypeAdapter(Placed)


def _taken_out(value: Any, alone: ValidatorFunctionWrapHandler) -> Any:
    return _PLACED.validate_python(value)["image"] if isinstance(value, dict) else alone(value)


PlacedImage = Annotated[Image, WrapValidator(_taken_out, json_schema_input_type=Image | Placed)]
