"""One future for the items of an envelope."""

import asyncio
from collections.abc import Callable, Sequence

from serve_app.replica.executors.base import Executor
from serve_app.types import Chunk, Done, Ends, Event, Failure, Item


def gathered(executor: Executor, items: Sequence[Item]) -> "asyncio.Future[Ends]":
    """Submits the items; done when the slowest of them is, with their ends in order."""
    future: asyncio.Future[Ends] = asyncio.get_running_loop().create_future()
    ends: dict[int, Done | Failure] = {}

    def sink_of(index: int) -> Callable[[Event], None]:
        def sink(event: Event) -> None:
            if isinstance(event, Chunk):
                return
            ends[index] = event
            if len(ends) == len(items) and not future.done():
                future.set_result([ends[each] for each in range(len(items))])

        return sink

    executor.submit_all(items, [sink_of(index) for index in range(len(items))])
    return future
