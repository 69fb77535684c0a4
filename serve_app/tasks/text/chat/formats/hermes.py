"""Hermes, Qwen and many others: each call is an object between two marks of its own."""

from collections.abc import Collection

from serve_app.tasks.text.chat.formats.base import Format, call_of, parsed
from serve_app.tasks.text.chat.message import ToolCall


class Hermes(Format):
    """`<tool_call>{"name": …, "arguments": …}</tool_call>`, as often as there are calls."""

    opens, closes = "<tool_call>", "</tool_call>"
    forced = "<tool_call>\n"

    def recognises(self, template: str) -> bool:
        # The same marks stand around tags instead of objects in some later families.
        return self.opens in template and "<function=" not in template and "<arg_key>" not in template

    def read(self, text: str, offered: Collection[str]) -> list[ToolCall]:
        return [call_of(parsed(text), self.arguments)]
