"""What a stream tells of one item of a response: that it begins, its text piece by piece, and that it is whole."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from serve_app.ingress.dialects.openai.responses_output import Item

Event = dict[str, Any]


class _Told(NamedTuple):
    """How the text of an item is told; a part of it, unless it has no parts."""

    event: str
    word: str
    part: Mapping[str, Any] | None
    more: tuple[str, ...] = ()


_TOLD: Mapping[str, _Told] = {
    "message": _Told(
        "response.output_text",
        "text",
        {"type": "output_text", "text": "", "annotations": [], "logprobs": []},
        ("logprobs",),
    ),
    "reasoning": _Told("response.reasoning_text", "text", {"type": "reasoning_text", "text": ""}),
    "function_call": _Told("response.function_call_arguments", "arguments", None),
}


def begins(item: Item, index: int) -> list[Event]:
    """The item, of which nothing is told yet."""
    told = _TOLD[item["type"]]
    empty: Event = {"arguments": ""} if told.part is None else {"content": []}
    events = [_of_item("added", {**item, **empty, "status": "in_progress"}, index)]
    if told.part is not None:
        events.append({"type": "response.content_part.added", **_place(item, index), "part": told.part})
    return events


def tells(item: Item, index: int, text: str, logprobs: Sequence[Any]) -> Event:
    """More of it."""
    told = _TOLD[item["type"]]
    beside = {name: logprobs for name in told.more}
    return {"type": f"{told.event}.delta", **_place(item, index), "delta": text, **beside}


def ends(item: Item, index: int) -> list[Event]:
    """All of it."""
    told = _TOLD[item["type"]]
    part = item if told.part is None else item["content"][0]
    beside = {name: part[name] for name in (told.word, *told.more)}
    events = [{"type": f"{told.event}.done", **_place(item, index), **beside}]
    if told.part is not None:
        events.append({"type": "response.content_part.done", **_place(item, index), "part": part})
    return [*events, _of_item("done", item, index)]


def whole(item: Item, index: int) -> list[Event]:
    """All that there is to tell of an item that was not told piece by piece."""
    told = _TOLD[item["type"]]
    part = item if told.part is None else item["content"][0]
    more = [tells(item, index, part[told.word], part.get("logprobs", []))] if part[told.word] else []
    return [*begins(item, index), *more, *ends(item, index)]


def _of_item(what: str, item: Item, index: int) -> Event:
    return {"type": f"response.output_item.{what}", "output_index": index, "item": item}


def _place(item: Item, index: int) -> dict[str, Any]:
    in_part = {} if _TOLD[item["type"]].part is None else {"content_index": 0}
    return {"item_id": item["id"], "output_index": index, **in_part}
