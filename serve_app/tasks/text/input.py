"""The text that a caller may send: a string that says something."""

from typing import Annotated

from pydantic import AfterValidator, Field, Strict
from pydantic_core import PydanticCustomError


def _says_something(text: str) -> str:
    if not text:
        raise PydanticCustomError("empty_text", "must not be empty")
    if text.isspace():
        raise PydanticCustomError("blank_text", "must not be blank: it holds nothing but white space")
    if not text.isascii():
        _whole_characters(text)
    return text


def _whole_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise PydanticCustomError(
            "broken_text", "holds half a surrogate pair at position {position}", {"position": error.start}
        ) from None


_SCHEMA = {"minLength": 1, "pattern": r"\S"}
Text = Annotated[
    str,
    Strict(),
    AfterValidator(_says_something),
    Field(description="A text that is not blank", json_schema_extra=_SCHEMA),
]

Phrase = Annotated[
    str,
    Strict(),
    Field(max_length=1000, description="A short text that is not blank", json_schema_extra=_SCHEMA),
    AfterValidator(_says_something),
]
"""A text that a parameter holds: many of them may stand in one request."""
