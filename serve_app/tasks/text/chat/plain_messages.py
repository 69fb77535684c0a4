"""Messages as templates expect them: contents are in their shape, and the arguments of calls are objects."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from serve_app.errors import InvalidInput
from serve_app.tasks.text.chat.contents import Write, one_text


def plain(messages: Sequence[Mapping[str, Any]], template: str, write: Write = one_text) -> list[dict[str, Any]]:
    """The messages for this template."""
    # Few templates know this newer word for the same.
    others = {} if "developer" in template else {"developer": "system"}
    return [_plain(message, place, others, write) for place, message in enumerate(messages)]


def _plain(message: Mapping[str, Any], place: int, others: Mapping[str, str], write: Write) -> dict[str, Any]:
    made = {**message, "role": others.get(message["role"], message["role"])}
    made["content"] = write(message.get("content", ""))
    if "tool_calls" in message:
        where = f"messages[{place}].tool_calls"
        made["tool_calls"] = [_call(call, f"{where}[{index}]") for index, call in enumerate(message["tool_calls"])]
    return made


def _call(call: Mapping[str, Any], where: str) -> dict[str, Any]:
    function = call["function"]
    return {**call, "type": "function", "function": {**function, "arguments": _arguments(function["arguments"], where)}}


def _arguments(given: str | dict[str, Any], where: str) -> dict[str, Any]:
    try:
        parsed = json.loads(given or "{}") if isinstance(given, str) else given
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise InvalidInput("must be the text of a JSON object", f"{where}.function.arguments")
    return parsed
