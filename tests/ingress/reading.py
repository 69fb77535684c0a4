"""Streams as a reader gets them: over HTTP as a whole, or event by event from the app itself."""

import asyncio
import base64
import json
from typing import Any

import httpx
from starlette.types import Message

from tests.ingress.service import Service

LAST = "[DONE]"


def told(text: str) -> list[Any]:
    """What each event holds."""
    blocks = [block for block in text.split("\n\n") if block]
    assert text == "".join(f"{block}\n\n" for block in blocks), "an event is cut"
    assert all(block.startswith("data: ") and "\n" not in block for block in blocks)
    contents = [block.removeprefix("data: ") for block in blocks]
    return [content if content == LAST else json.loads(content) for content in contents]


def events_of(reply: httpx.Response) -> list[Any]:
    """The events of a stream that was accepted, whose headers let no one on its way hold it back."""
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (reply.headers["cache-control"], reply.headers["x-accel-buffering"]) == ("no-cache", "no")
    return told(reply.text)


class Reader:
    """A caller of the app without a network: it reads when `reads` is set, and may `leave` at any moment."""

    def __init__(self, service: Service, path: str, body: Any) -> None:
        self.messages: list[Message] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self._gone = asyncio.Event()
        self._body: bytes | None = json.dumps(body).encode()
        scope = {
            "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "root_path": "",
            "query_string": b"", "headers": [(b"content-type", b"application/json")], "http_version": "1.1",
        }  # fmt: skip
        self.task = asyncio.ensure_future(service.app(scope, self._receive, self._send))

    def leave(self) -> None:
        self._gone.set()

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.messages).decode()

    @property
    def ended(self) -> bool:
        return bool(self.messages) and self.messages[-1].get("more_body") is False

    async def begun(self) -> None:
        """Until the first event is there."""
        while not self.messages:
            await asyncio.sleep(0.001)

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.messages.append(message)
        await self.reads.wait()


def spoken(reply: httpx.Response) -> Any:
    """What a reply holds: JSON, or a file as it would stand in JSON."""
    if reply.headers["content-type"] == "application/json":
        return reply.json()
    return base64.b64encode(reply.content).decode()
