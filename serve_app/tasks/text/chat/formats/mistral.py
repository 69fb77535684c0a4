"""Mistral: one mark, and behind it a list of calls, or names and arguments with marks between them."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from serve_app.tasks.text.chat.formats.base import Format, NotACallError, call_of, parsed, parsed_at
from serve_app.tasks.text.chat.message import ToolCall

_NAMED = re.compile(r"\s*(?:\[TOOL_CALLS\])?\s*([\w.:/-]+)(?:\[CALL_ID\]\w*)?\[ARGS\]\s*")


class Mistral(Format):
    """`[TOOL_CALLS][{"name": …, "arguments": …}, …]`, or `[TOOL_CALLS]name[ARGS]{…}` again and again."""

    opens = "[TOOL_CALLS]"
    forced = "[TOOL_CALLS]"

    def recognises(self, template: str) -> bool:
        return self.opens in template

    def read(self, text: str, offered: Collection[str]) -> list[ToolCall]:
        text = text.strip()
        calls = self._listed(text) if text.startswith("[") else self._named(text)
        if not calls:
            raise NotACallError
        return calls

    def schema(self, functions: Mapping[str, Any]) -> dict[str, Any]:
        return {"type": "array", "minItems": 1, "items": super().schema(functions)}

    def _listed(self, text: str) -> list[ToolCall]:
        values = parsed(text)
        return [call_of(value, self.arguments) for value in (values if isinstance(values, list) else [values])]

    def _named(self, text: str) -> list[ToolCall]:
        calls, place = [], 0
        while place < len(text):
            if (begun := _NAMED.match(text, place)) is None:
                raise NotACallError
            value, place = parsed_at(text, begun.end())
            calls.append(call_of({"name": begun[1], self.arguments: value}, self.arguments))
            place += len(text[place:]) - len(text[place:].lstrip())
        return calls
