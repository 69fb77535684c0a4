"""One item's events as an asynchronous iterator."""

import asyncio
from collections.abc import AsyncGenerator

from serve_app.replica.executors.base import Executor
from serve_app.types import Chunk, Event, Item


async def events(executor: Executor, item: Item) -> AsyncGenerator[Event, None]:
    """Submit, and yield until the last event; a consumer that leaves early cancels the item."""
    arrived: asyncio.Queue[Event] = asyncio.Queue()
    executor.submit(item, arrived.put_nowait)
    try:
        while True:
            event = await arrived.get()
            yield event
            if not isinstance(event, Chunk):
                return
    finally:
        executor.cancel(item.id)
