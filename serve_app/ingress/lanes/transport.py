"""How a lane reaches the replicas of its model; the lanes know neither Ray nor HTTP."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from serve_app.types import Done, Envelope, Event, Failure, Item


class ReplicaLost(Exception):
    """The process that had the items is gone, and with it what it knew of them."""


class Transport(Protocol):
    """One model's replicas. Cancelling a call must cancel the work behind it."""

    async def send(self, envelope: Envelope) -> Sequence[Done | Failure]:
        """One event for each item, in order. Raises `ReplicaLost`, or an `AppError` that holds for all."""

    def open(self, item: Item, backlog: int) -> AsyncGenerator[Event, None]:
        """One item's events as they come. Raises the same."""

    def replicas(self) -> int:
        """How many replicas take calls now, as far as is known."""
