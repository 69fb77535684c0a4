"""A chat's answer taken apart by its marks as it grows: thoughts, what is said, and calls of tools."""

from collections.abc import Collection
from typing import Any, Literal

from serve_app.tasks.text.chat.formats.base import Format, NotACallError
from serve_app.tasks.text.chat.message import Said, ToolCall
from serve_app.tasks.text.chat.thinking import Thinking
from serve_app.tasks.text.chat.told_part import ToldPart
from serve_app.tasks.text.continuation import begun
from serve_app.tasks.text.sieve import Part, Piece, gathered

State = Literal["beginning", "thinking", "saying", "calling"]


class MarkedSieve:
    """A mark is never half shown, what only began like one is released, and what is no call is said after all."""

    def __init__(
        self,
        thinking: Thinking | None,
        format: Format | None,
        offered: Collection[str],
        state: State = "beginning",
    ) -> None:
        self._thinking, self._format, self._offered = thinking, format, offered
        self._state: State = state
        self._steps = {
            "beginning": self._begin,
            "thinking": self._think,
            "saying": self._say,
            "calling": self._call,
        }
        self._rest = ""
        self._opened_by = ""
        self._parts: dict[Part, ToldPart] = {"reasoning": ToldPart(), "content": ToldPart()}
        self._calls: list[ToolCall] = []
        self._pieces: list[Piece] = []
        if state == "thinking":
            self._parts["reasoning"].mark()

    @property
    def thinks(self) -> bool:
        return self._state == "thinking"

    @property
    def called(self) -> bool:
        return bool(self._calls)

    def push(self, text: str) -> list[Piece]:
        self._rest += text
        while self._rest and self._steps[self._state]():
            pass
        return self._told()

    def finish(self) -> list[Piece]:
        rest, self._rest = self._rest, ""
        if self._state == "calling":
            self._end_call(rest, "")
        else:
            self._tell("reasoning" if self._state == "thinking" else "content", rest)
        self._pieces += [Piece(part, told.finish()) for part, told in self._parts.items()]
        return self._told()

    def answer(self) -> dict[str, Any]:
        content, thoughts = self._parts["content"].text, self._parts["reasoning"].text
        said: Said = {"content": content, "reasoning_content": thoughts or None, "tool_calls": self._calls}
        return {"generated_text": content, "message": said}

    def _begin(self) -> bool:
        """Nothing but white space was said so far; true when the next step is certain."""
        text, thinking = self._rest.lstrip(), self._thinking
        if not text or (thinking is not None and begun(thinking.opens, text) == len(text)):
            return False
        if thinking is not None and text.startswith(thinking.opens):
            self._rest = text[len(thinking.opens) :]
            self._parts["reasoning"].mark()
            self._state = "thinking"
        elif self._format is not None and self._format.bare and text.startswith(self._format.bare):
            self._state = "calling"
        else:
            self._state = "saying"
        return True

    def _think(self) -> bool:
        assert self._thinking is not None
        if not self._told_until(self._thinking.closes, "reasoning"):
            return False
        for part in self._parts.values():
            part.mark()
        # Thoughts come once, before the answer.
        self._thinking, self._state = None, "beginning"
        return True

    def _say(self) -> bool:
        if self._format is None:
            self._tell("content", self._rest)
            self._rest = ""
            return False
        if not self._told_until(self._format.opens, "content"):
            return False
        self._opened_by, self._state = self._format.opens, "calling"
        return True

    def _call(self) -> bool:
        assert self._format is not None
        closes = self._format.closes
        if not closes or closes not in self._rest:
            return False
        inside, _, self._rest = self._rest.partition(closes)
        self._end_call(inside, closes)
        self._state = "saying"
        return True

    def _end_call(self, inside: str, closed_by: str) -> None:
        assert self._format is not None
        try:
            self._calls += self._format.read(inside, self._offered)
            self._parts["content"].mark()
        except NotACallError:
            self._tell("content", self._opened_by + inside + closed_by)

    def _told_until(self, mark: str, part: Part) -> bool:
        """Tell what stands before the mark, or before what may become one; whether the mark was there."""
        before, found, behind = self._rest.partition(mark)
        if not found:
            certain = len(self._rest) - begun(mark, self._rest)
            before, behind = self._rest[:certain], self._rest[certain:]
        self._rest = behind
        self._tell(part, before)
        return bool(found)

    def _tell(self, part: Part, text: str) -> None:
        self._pieces.append(Piece(part, self._parts[part].add(text)))

    def _told(self) -> list[Piece]:
        pieces, self._pieces = gathered(self._pieces), []
        return pieces
