"""The input of a response as the messages of a conversation."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from serve_app.errors import InvalidInput
from serve_app.ingress.dialects.openai.responses_items import (
    ITEMS,
    CallItem,
    Content,
    Item,
    MessageItem,
    OutputItem,
    ReasoningItem,
)
from serve_app.refusals import refusal
from serve_app.tasks.text.chat.input import MOST_CALLS, MOST_MESSAGES

FIELD = "input"
MOST_ITEMS = MOST_MESSAGES - 1
"""The instructions become a message as well."""
Message = dict[str, Any]


def conversation(instructions: str | None, given: str | list[Any]) -> list[Message]:
    """The messages, the instructions first; what one answer said, thought and called becomes one message again."""
    items = [MessageItem(role="user", content=given)] if isinstance(given, str) else _checked(given)
    made = _Messages()
    if instructions is not None:
        made.add(MessageItem(role="system", content=instructions), FIELD)
    for index, item in enumerate(items):
        made.add(item, f"{FIELD}[{index}]")
    return made.told


class _Messages:
    """Grows item by item."""

    def __init__(self) -> None:
        self.told: list[Message] = []
        self._thoughts: list[str] = []
        self._calls: set[str] = set()

    def add(self, item: Item, where: str) -> None:
        match item:
            case ReasoningItem():
                self._thoughts += [thought.text for thought in item.content or ()]
            case CallItem():
                self._call(item, where)
            case MessageItem(role="assistant"):
                self._assistant({"content": _told(item.content)})
            case MessageItem():
                self._other({"role": item.role, "content": _told(item.content)})
            case OutputItem():
                if item.call_id not in self._calls:
                    raise InvalidInput(f"`{where}.call_id` belongs to no call before it", f"{where}.call_id")
                named = {"name": item.name} if item.name else {}
                self._other({"role": "tool", "tool_call_id": item.call_id, "content": _told(item.output), **named})

    def _other(self, message: Message) -> None:
        # Thoughts that led to nothing belong to no message.
        self._thoughts = []
        self.told.append(message)

    def _assistant(self, message: Message) -> Message:
        thoughts, self._thoughts = "\n".join(self._thoughts), []
        thought = {"reasoning_content": thoughts} if thoughts else {}
        self.told.append({"role": "assistant", **message, **thought})
        return self.told[-1]

    def _call(self, item: CallItem, where: str) -> None:
        if not _is_object(item.arguments):
            raise InvalidInput(f"`{where}.arguments` must be the text of a JSON object", f"{where}.arguments")
        same = self.told and self.told[-1]["role"] == "assistant" and not self._thoughts
        message = self.told[-1] if same else self._assistant({"content": ""})
        function = {"name": item.name, "arguments": item.arguments}
        calls = message.setdefault("tool_calls", [])
        if len(calls) == MOST_CALLS:
            raise InvalidInput(f"`{where}`: one answer makes {MOST_CALLS} calls at most", where)
        calls.append({"id": item.call_id, "type": "function", "function": function})
        self._calls.add(item.call_id)


def _checked(items: Sequence[Any]) -> list[Item]:
    if not items:
        raise InvalidInput(f"`{FIELD}` is an empty list", FIELD)
    if len(items) > MOST_ITEMS:
        raise InvalidInput(f"`{FIELD}` holds {len(items)} items, and {MOST_ITEMS} are taken", FIELD)
    return [_item(value, f"{FIELD}[{index}]") for index, value in enumerate(items)]


def _item(value: Any, where: str) -> Item:
    if not isinstance(value, dict):
        raise InvalidInput(f"`{where}` must be an object", where)
    kind = value.get("type")
    known = ITEMS.get("message" if kind is None else kind) if isinstance(kind, str | None) else None
    if known is None:
        field = f"{where}.type"
        stored = "nothing is stored here that could be referred to; " if kind == "item_reference" else ""
        raise InvalidInput(f"`{field}`: {stored}there are {', '.join(ITEMS)}", field)
    try:
        return known.model_validate(value)
    except ValidationError as error:
        raise refusal(error, where) from None


def _told(content: Content) -> Any:
    if isinstance(content, str):
        return content
    pieces = [part.piece for part in content]
    return pieces[0]["text"] if len(pieces) == 1 and "text" in pieces[0] else pieces


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text or "{}"), dict)
    except (ValueError, RecursionError):
        return False
