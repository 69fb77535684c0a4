"""What bodies that come as forms have in common: their fields are files and texts."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from serve_app.ingress.bodies import Headers
from serve_app.ingress.forms import parse_form

MEDIA_TYPE = "multipart/form-data"
_MANY = "[]"


def _file(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise PydanticCustomError("no_file", "must be a file: a part of the form that has a file name")
    if not value:
        raise PydanticCustomError("empty_file", "must not be empty")
    return value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


File = Annotated[bytes, BeforeValidator(_file), WithJsonSchema({"type": "string", "format": "binary"})]
Listed = BeforeValidator(_listed)
"""For fields of which a form holds one or, with `[]` behind their name, several."""


def fields_of(headers: Headers, raw: bytes) -> Mapping[str, Any]:
    """The form's fields by their own names; a text that is empty is the same as none."""
    return {name.removesuffix(_MANY): value for name, value in parse_form(headers, raw).items() if value != ""}
