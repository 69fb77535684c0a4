"""A model as the ingress knows it: its contract, and the application that serves it."""

from dataclasses import dataclass

from serve_app.contract import Contract


@dataclass(frozen=True)
class Entry(Contract):
    """A model in its place."""

    application: str
