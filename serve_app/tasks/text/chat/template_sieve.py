"""A chat's answer taken apart by the response template that a model brings, with transformers' own parser."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from serve_app.tasks.text.chat.formats.base import NotACallError, call_of
from serve_app.tasks.text.chat.message import Said, ToolCall
from serve_app.tasks.text.chat.told_part import ToldPart
from serve_app.tasks.text.sieve import Part, Piece, gathered

# The names of a message's fields in such templates, of which two mean the same.
PARTS: Mapping[str, Part] = {"content": "content", "reasoning_content": "reasoning", "thinking": "reasoning"}
CALLS = "tool_calls"


class TemplateSieve:
    """Calls that cannot be read are said after all, and so is everything once the parser has failed."""

    def __init__(self, tokenizer: Any, prompt: str, tools: Sequence[dict[str, Any]]) -> None:
        self._parser = tokenizer.get_response_parser(prefix=prompt, tools=list(tools) or None)
        self._offers = bool(tools)
        self._parts: dict[Part, ToldPart] = {"reasoning": ToldPart(), "content": ToldPart()}
        self._calls: list[ToolCall] = []
        self._hidden = self._failed = False
        self._untold = ""
        self.thinks = False
        # What the prompt itself has begun, and whose text is the prompt's.
        for event in self._parser.initial_events:
            if event["type"] != "region_chunk":
                self._turn(event)

    @property
    def called(self) -> bool:
        return bool(self._calls)

    def push(self, text: str) -> list[Piece]:
        if self._failed:
            return gathered([self._tell("content", text)])
        self._untold += text
        return self._read(lambda: self._parser.feed(text))

    def finish(self) -> list[Piece]:
        pieces = [] if self._failed else self._read(lambda: self._parser.finalize()[1])
        return gathered([*pieces, *(Piece(part, told.finish()) for part, told in self._parts.items())])

    def answer(self) -> dict[str, Any]:
        content, thoughts = self._parts["content"].text, self._parts["reasoning"].text
        said: Said = {"content": content, "reasoning_content": thoughts or None, "tool_calls": self._calls}
        return {"generated_text": content, "message": said}

    def _read(self, more: Callable[[], list[dict[str, Any]]]) -> list[Piece]:
        try:
            events = more()
        except Exception:
            # The model wrote what its own template does not foresee; the parser cannot go on.
            self._failed, self.thinks = True, False
            return gathered([self._tell("content", self._untold)])
        pieces = []
        for event in events:
            if event["type"] != "region_chunk":
                pieces += self._turn(event)
            elif part := PARTS.get(event["field"]):
                pieces.append(self._tell(part, event["text"]))
        if not self._hidden:
            self._untold = ""
        return gathered(pieces)

    def _turn(self, event: Mapping[str, Any]) -> list[Piece]:
        """A part begins or ends."""
        opens = event["type"] == "region_open"
        if part := PARTS.get(event["field"]):
            self._parts[part].mark()
            self.thinks = opens and part == "reasoning"
            return []
        self._hidden = opens
        if opens or event["field"] != CALLS:
            return []
        try:
            self._calls += self._called(event["value"])
        except NotACallError:
            return [self._tell("content", self._untold)]
        return []

    def _called(self, value: Any) -> list[ToolCall]:
        if not self._offers:
            raise NotACallError
        calls = value if isinstance(value, list) else [value]
        return [call_of(each.get("function") if isinstance(each, dict) else None, "arguments") for each in calls]

    def _tell(self, part: Part, text: str) -> Piece:
        return Piece(part, self._parts[part].add(text))
