"""The engines by the word in the YAML; each is imported when it is asked for, since most are heavy."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serve_app.replica.engines.base import LoadedEngine

ENGINES: dict[str, str] = {
    "torch": "serve_app.replica.engines.torch:TorchEngine",
    "stub": "serve_app.replica.engines.stub:StubEngine",
}


def find(name: str) -> "type[LoadedEngine]":
    """The engine's class; a `KeyError` when there is none of this name."""
    module, _, attribute = ENGINES[name].partition(":")
    engine: type[LoadedEngine] = getattr(import_module(module), attribute)
    return engine
