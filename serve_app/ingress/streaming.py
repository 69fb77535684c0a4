"""A stream on its way to its reader: from the first event to the proper ending, or to an error in its place."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from serve_app.errors import AppError, Cancelled, Internal
from serve_app.ingress.dialects.base import Writer
from serve_app.ingress.visits import Visit
from serve_app.types import Chunk, Done, Event

STALLED_S = 30.0
"""A reader that takes nothing for so long, with the connection's own buffers full, is not waited for."""
_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
)
logger = logging.getLogger("ray.serve")


class EventStream:
    """An ASGI app for one answer. What goes wrong before its first event is an ordinary reply."""

    def __init__(self, events: AsyncGenerator[Event, None], writer: Writer, visit: Visit) -> None:
        self._events = events
        self._writer = writer
        self._visit = visit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await _while_there(receive, self._answer(scope, receive, send))
        except Cancelled as left:
            self._visit.failed(left)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._events) as events:
            try:
                first = await anext(events)
            except AppError as error:
                return await self._visit.refusal(self._noted(error))(scope, receive, send)
            await _take(send, {"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            async with aclosing(self._told(first, events)) as told:
                async for written in told:
                    if written:
                        await _take(send, _body(written))
            await _take(send, _body(b"", more=False))

    async def _told(self, first: Event, events: AsyncGenerator[Event, None]) -> AsyncGenerator[bytes, None]:
        """What was begun ends properly or with an error, whatever happens."""
        try:
            yield self._writer.begin() + self._written(first)
            async for event in events:
                yield self._written(event)
        except AppError as error:
            yield self._writer.error(self._noted(error))
        except Exception:
            logger.exception("a stream failed")
            yield self._writer.error(self._noted(Internal("the server failed in the middle of the answer")))

    def _noted(self, error: AppError) -> AppError:
        placed = self._visit.placed(error)
        self._visit.failed(placed)
        return placed

    def _written(self, event: Event) -> bytes:
        match event:
            case Chunk():
                return self._writer.chunk(event)
            case Done():
                return self._writer.done(event)
        raise AssertionError("a lane raises failures")


def _body(events: bytes, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": events, "more_body": more}


async def _take(send: Send, message: Message) -> None:
    try:
        async with asyncio.timeout(STALLED_S):
            await send(message)
    except TimeoutError:
        raise Cancelled("the reader took nothing any more") from None


async def _while_there(receive: Receive, telling: Coroutine[Any, Any, None]) -> None:
    """Tell until the end, or until the caller leaves; whatever tells has ended when this returns."""
    told, left = asyncio.ensure_future(telling), asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait((told, left), return_when=asyncio.FIRST_COMPLETED)
        if not told.done():
            raise Cancelled("the caller left in the middle of the answer")
        told.result()
    finally:
        told.cancel()
        left.cancel()
        await asyncio.wait((told, left))


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
