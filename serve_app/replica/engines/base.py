"""What an engine is: it loads one model and runs it; it knows tensors, and neither tasks nor HTTP.

To add an engine: write `engines/my_engine.py` with a subclass of `LoadedEngine`, add its line to the table in
`engines/__init__.py`, and run the tests: the conformance tests pick it up from the table.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict

from serve_app.config.schema import Model
from serve_app.tasks.base import Engine, Task
from serve_app.tasks.kit import Kit


class Options(BaseModel):
    """An engine's own options in the YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Card(NamedTuple):
    """What is known of a model once it is loaded."""

    dtype: str
    device: str
    revision: str
    max_input_tokens: int
    parameters: int
    batching: str = ""
    """How answers are written, where they are: `continuous`, or `batched` and why."""
    facts: Mapping[str, Any] = {}
    """What the model's own card says: licence, languages, where it comes from."""
    cache_tokens: int = 0
    """What the running batch holds at most, prompts and answers together."""


class LoadedEngine(Engine):
    """An engine with its model. Raise `MemoryError` when the device has no room for a batch."""

    Options: ClassVar[type[Options]]

    def fetch(self, model: Model) -> None:
        """Bring here what `load` will read, where it comes over a network: many may wait for that at once."""

    @abstractmethod
    def load(self, model: Model, task: Task) -> Kit:
        """Bring the model into memory, for the task's variant of its kind, or raise `ModelCannotLoad`."""

    @abstractmethod
    def card(self) -> Card:
        """What is known of the loaded model."""

    def close(self) -> None:
        """Give back what the engine holds."""


def options_of(engine: type[LoadedEngine], model: Model) -> Any:
    """The engine's options of one entry, checked."""
    return engine.Options.model_validate(model.engine_options)
