"""How a family of models writes its calls of tools, and how they are read.

To add one: write `formats/my_format.py` with a subclass of `Format`, and its line in the table of
`formats/__init__.py`. Nothing in it raises for what a model wrote: what is no call is answered as text.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from serve_app.tasks.text.chat.message import ToolCall


class NotACallError(ValueError):
    """The model wrote something else between its marks."""


class Format(ABC):
    """Marks around the calls, and what stands between them."""

    opens: ClassVar[str]
    closes: ClassVar[str] = ""
    """Empty where calls go on to the end of the answer."""
    bare: ClassVar[str] = ""
    """How calls begin without a mark, where they may: only at the very beginning of an answer."""
    forced: ClassVar[str] = ""
    """What is put at the beginning of an answer that must be a call."""
    arguments: ClassVar[str] = "arguments"
    """The name of the arguments in a call's object."""

    @abstractmethod
    def recognises(self, template: str) -> bool:
        """Whether the template teaches its model to write calls like this."""

    @abstractmethod
    def read(self, text: str, offered: Collection[str]) -> list[ToolCall]:
        """The calls between the marks, or `NotACallError`."""

    def schema(self, functions: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON schema of what stands behind `forced`, by the schemas of the functions that may be called."""
        return {"anyOf": [self._call_schema(name, arguments) for name, arguments in functions.items()]}

    def _call_schema(self, name: str, arguments: Any) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"name": {"const": name}, self.arguments: arguments},
            "required": ["name", self.arguments],
            "additionalProperties": False,
        }


def call_of(value: Any, arguments: str) -> ToolCall:
    """The call that a JSON object describes."""
    if not (isinstance(value, dict) and isinstance(value.get("name"), str) and value["name"]):
        raise NotACallError
    given = value.get(arguments, {})
    if isinstance(given, str):
        given = parsed(given)
    if not isinstance(given, dict):
        raise NotACallError
    return {"name": value["name"], "arguments": json.dumps(given, ensure_ascii=False)}


def parsed(text: str) -> Any:
    """The JSON value in a text."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotACallError from None


def parsed_at(text: str, start: int) -> tuple[Any, int]:
    """The JSON value that begins at a place of the text, and where it ends."""
    try:
        return json.JSONDecoder(parse_constant=_refuse).raw_decode(text, start)
    except (ValueError, RecursionError):
        raise NotACallError from None


def _refuse(constant: str) -> Any:
    raise NotACallError(constant)
