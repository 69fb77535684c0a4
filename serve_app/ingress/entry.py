"""A model as the ingress knows it: its contract, and the application that serves it."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from serve_app import __version__
from serve_app.contract import Contract


@dataclass(frozen=True)
class Entry(Contract):
    """A model in its place."""

    application: str

    @cached_property
    def fingerprint(self) -> str:
        """One word for all that decides about answers, but for the weights themselves."""
        settings = self.model.model_dump_json() + __version__
        return f"fp_{sha256(settings.encode()).hexdigest()[:10]}"
