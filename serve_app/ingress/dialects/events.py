"""Server-sent events, and when a caller may have them."""

from typing import Any

from serve_app.errors import InvalidInput
from serve_app.ingress.entry import Entry
from serve_app.ingress.replies import json_bytes
from serve_app.tasks.base import Task
from serve_app.tasks.text.generating import GeneratingTask

STREAM = "stream"
LAST = b"data: [DONE]\n\n"


def event(content: Any) -> bytes:
    """One event."""
    return b"data: " + json_bytes(content) + b"\n\n"


def wants_stream(given: Any, entry: Entry, single: bool) -> bool:
    """Whether `stream` asks for a stream, of a task that can write one and for an input alone."""
    if given is None or given is False:
        return False
    if given is not True:
        raise InvalidInput(f"`{STREAM}` must be true or false", STREAM)
    check_streams(entry, single, STREAM)
    return True


def check_streams(entry: Entry, single: bool, field: str) -> None:
    """Refuse a stream of what answers in one piece, or of several answers in one."""
    if not streams(entry.task):
        raise InvalidInput(f"`{field}`: the task {entry.task.name} answers in one piece", field)
    if not single:
        raise InvalidInput(f"`{field}` goes with one input, not with a list of them", field)


def streams(task: Task) -> bool:
    """Whether its answer is text that grows; other programs answer when they are done."""
    return isinstance(task, GeneratingTask)


def answered(task: Task, schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The schemas of an answer by media type: of JSON, and of events where there are any."""
    events = {"type": "string", "description": "Server-sent events"}
    return {"application/json": schema} | ({"text/event-stream": events} if streams(task) else {})


def stream_schema(task: Task) -> dict[str, Any]:
    """What `stream` may be, for the description of a body."""
    if streams(task):
        return {"type": ["boolean", "null"], "description": "Answer with server-sent events; for one input alone"}
    return {"enum": [False, None], "description": "Taken for compatibility: this URL answers in one piece"}
