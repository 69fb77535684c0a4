"""Llama 3.1 and later: the answer is the call's object, behind a mark or behind nothing."""

from collections.abc import Collection

from serve_app.tasks.text.chat.formats.base import Format, NotACallError, call_of, parsed_at
from serve_app.tasks.text.chat.message import ToolCall

_BETWEEN = " \t\r\n;"


class Llama(Format):
    """`{"name": …, "parameters": …}`, with semicolons between several."""

    opens, bare = "<|python_tag|>", "{"
    arguments = "parameters"

    def recognises(self, template: str) -> bool:
        return "<|python_tag|>" in template or ('"parameters": dictionary of argument name' in template)

    def read(self, text: str, offered: Collection[str]) -> list[ToolCall]:
        calls, place = [], 0
        text = text.strip(_BETWEEN)
        while place < len(text):
            value, place = parsed_at(text, place)
            named = self.arguments if isinstance(value, dict) and self.arguments in value else "arguments"
            call = call_of(value, named)
            # Without a mark any object may begin an answer, also one with a name.
            if call["name"] not in offered:
                raise NotACallError
            calls.append(call)
            while text[place : place + 1] and text[place] in _BETWEEN:
                place += 1
        if not calls:
            raise NotACallError
        return calls
