"""What crosses the seam between the ingress and a replica: items go in, events come out."""

import pickle
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

Verb = Literal["predict", "stream"]


class Item(NamedTuple):
    """One validated input on its way to a model; `left_s` counts from the moment it is sent.

    `tenant` says for whom it is: what an executor keeps between items is never shared between tenants.
    """

    id: str
    verb: Verb
    input: Any
    params: Any
    left_s: float
    tenant: str = ""
    priority: int = 0
    attempt: int = 0
    trace: str = ""


class Timings(NamedTuple):
    """Seconds an item spent in each stage on the replica, and what it took of its batches.

    `batch_size` counts the rows that shared its last batch; `padded_tokens` are its own tokens and the padding that
    brought its rows to the length of their batches.
    """

    queue_s: float = 0.0
    prepare_s: float = 0.0
    run_s: float = 0.0
    finish_s: float = 0.0
    batch_size: int = 0
    tokens: int = 0
    padded_tokens: int = 0


class Written(NamedTuple):
    """One token of an answer: what it added to the text, how likely it was, and what else could have stood there."""

    id: int
    text: str = ""
    logprob: float | None = None
    special: bool = False
    tops: "tuple[Written, ...]" = ()


class Chunk(NamedTuple):
    """A piece of an answer that is still being made; `choice` tells the answers to one prompt apart.

    In a chat `part` says whether it belongs to what the model answers or to what it thinks before that. After the
    `last` of a choice nothing more of it comes.
    """

    text: str
    tokens: tuple[Written, ...] = ()
    choice: int = 0
    part: Literal["content", "reasoning"] = "content"
    last: bool = False


class Done(NamedTuple):
    """The whole answer of one item."""

    output: Any
    timings: Timings = Timings()


class Failure(NamedTuple):
    """An error as a value; `started` is false when the item may be sent again freely."""

    kind: str
    message: str
    field: str | None = None
    started: bool = True


Event = Chunk | Done | Failure
Sink = Callable[[Event], None]


class Envelope(NamedTuple):
    """Items of one model and verb that travel in one call, with what still waits behind them."""

    items: tuple[Item, ...]
    backlog: int = 0


Ends = list[Done | Failure]
"""What comes back for an envelope: every item's end, in order."""


def seal(content: Envelope | Ends) -> bytes:
    """Pickled in one go: Ray's own pickler asks Python code about every object on its way, and bytes are one object."""
    return pickle.dumps(content, pickle.HIGHEST_PROTOCOL)


def unseal(sealed: bytes) -> Any:
    """What was sealed, by one of our own processes."""
    return pickle.loads(sealed)


class Load(NamedTuple):
    """What an executor has on its hands, for health, autoscaling and metrics."""

    items: int
    oldest_s: float
    drained_per_s: float
    stuck_s: float
