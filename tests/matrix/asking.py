"""The lines of the matrix, asked: natively, by both Python clients and by JavaScript's."""

import asyncio
import base64
from collections.abc import AsyncIterable, Iterator, Sequence
from typing import Any

import httpx
from huggingface_hub import AsyncInferenceClient, InferenceClient

from serve_app.tasks import TASKS
from tests import javascript
from tests.matrix.base import Line, Way
from tests.matrix.comparing import plain

WAIT_S = 200.0


def natively(url: str, line: Line) -> Any:
    body = {"text": in_json(line.input), "generation_params": in_json(line.params)}
    reply = httpx.post(_of(url, line), json=body, timeout=WAIT_S)
    assert reply.status_code == 200, reply.text
    return reply.json()["response"][TASKS[line.task].answer]


def by_plain_post(url: str, line: Line) -> Any:
    body = {"inputs": in_json(line.input), "parameters": in_json(line.params)}
    reply = httpx.post(_of(url, line), json=body, timeout=WAIT_S)
    assert reply.status_code == 200, reply.text
    return reply.json() if reply.headers["content-type"] == "application/json" else reply.content


def as_native(line: Line, reply: Any) -> Any:
    """The native dialect gives the only part of an answer without its name."""
    word = TASKS[line.task].answer
    return reply[word] if isinstance(reply, dict) and reply.keys() == {word} else reply


def by_python(url: str, line: Line, way: Way) -> Any:
    with InferenceClient(_of(url, line), timeout=WAIT_S) as client:
        answer = getattr(client, way.method)(**way.args)
        return plain(way.heard(list(answer) if isinstance(answer, Iterator) else answer))


def by_async_python(url: str, line: Line, way: Way) -> Any:
    return asyncio.run(_by_async_python(url, line, way))


async def _by_async_python(url: str, line: Line, way: Way) -> Any:
    async with AsyncInferenceClient(_of(url, line), timeout=WAIT_S) as client:
        answer = await getattr(client, way.method)(**way.args)
        return plain(way.heard([each async for each in answer] if isinstance(answer, AsyncIterable) else answer))


def by_javascript(url: str, lines: Sequence[Line]) -> list[Any]:
    """All of them by one process of node; a line that fails is told as such."""
    asked = [(each, each.javascript) for each in lines if each.javascript is not None]
    answers = javascript.ask(url, [(each.name, way.method, dict(way.args)) for each, way in asked])
    return [
        answer if isinstance(answer, javascript.Failed) else plain(way.heard(answer))
        for answer, (_, way) in zip(answers, asked, strict=True)
    ]


def in_json(value: Any) -> Any:
    """A file as base64."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {name: in_json(part) for name, part in value.items()}
        case list():
            return [in_json(part) for part in value]
    return value


def _of(url: str, line: Line) -> str:
    return f"{url}/models/{line.name}"
