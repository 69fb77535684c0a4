"""What pages may look at."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from serve_app.config.schema import Server
from serve_app.ingress.directory import Directory
from serve_app.ingress.entry import Entry

Cards = Callable[[Entry], Awaitable[Mapping[str, Any]]]
"""What a model's replicas know of it once they run."""


class Site(NamedTuple):
    """The models, their cards, the server's own settings, and the second since which it is there."""

    directory: Directory
    cards: Cards
    server: Server
    began: int
