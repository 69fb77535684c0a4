"""A conversation that its model has no room for, without its oldest turns."""

from collections.abc import Callable, Mapping
from typing import Any

AUTO = "auto"
_LEADING = ("system", "developer")
Attempt = Callable[[Mapping[str, Any]], list[int] | None]
"""The prompt's ids where they fit."""


def shortened(chat: Mapping[str, Any], attempt: Attempt) -> list[int] | None:
    """The ids with as many of the last turns as there is room for; None where not even the last one fits.

    A turn begins with what a user says, so that no call is parted from its result. What stands before all of them is
    kept.
    """
    messages = chat["messages"]
    head = next((place for place, each in enumerate(messages) if each["role"] not in _LEADING), len(messages))
    begins = [place for place, each in enumerate(messages) if each["role"] == "user"]
    best: list[int] | None = None
    fitting, too_many, turns = 0, len(begins) + 1, 1
    while fitting + 1 < too_many:
        ids = attempt({**chat, "messages": [*messages[:head], *messages[begins[-turns] :]]})
        if ids is None:
            too_many = turns
        else:
            fitting, best = turns, ids
        # Doubled at most: the work follows the model's room, however long the conversation is.
        turns = max(min(2 * fitting, (fitting + too_many) // 2), fitting + 1)
    return best
