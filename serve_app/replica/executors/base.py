"""What the deployment sees of a model at work: hand in items, get events, on the loop's own thread."""

from collections.abc import Sequence
from typing import Protocol

from serve_app.types import Item, Load, Sink


class Executor(Protocol):
    """Runs items. A sink is called on the event loop: any number of chunks, then exactly one `Done` or `Failure`,
    unless the item was cancelled, after which it hears nothing more."""

    def submit(self, item: Item, sink: Sink) -> None:
        """Take an item; never blocks and never raises for what is wrong with the item."""

    def submit_all(self, items: Sequence[Item], sinks: Sequence[Sink]) -> None:
        """The same for many at the price of one."""

    def cancel(self, id: str) -> None:
        """Forget an item: dropped if it waits, stopped at the next step if it runs."""

    @property
    def busy(self) -> bool:
        """Whether anything is at hand now; cheaper than `load`."""

    def load(self) -> Load:
        """What is at hand now."""

    def close(self, grace_s: float) -> list[Item]:
        """Finish what runs, at most so long, and hand back what was never started; blocks, so call it off the loop.

        Every item hears its end: the ones handed back a `Failure` that says they were not started.
        """
