"""What a dialect is: it reads a request into inputs and parameters, and writes answers and errors in its own words.

To add a dialect that shares the models' own URLs: write `dialects/my_dialect.py` with a subclass of `Dialect`, and add
its line to the table in `dialects/__init__.py`; its `mark` tells its bodies from the others'.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from serve_app.errors import AppError
from serve_app.ingress.entry import Entry
from serve_app.tasks.base import Params, Task

Body = Mapping[str, Any]


class Call(NamedTuple):
    """A request that was understood: what to ask of the model, and how to answer."""

    inputs: list[Any]
    params: Params
    single: bool
    wait_for_model: bool = False


class Dialect(ABC):
    """One way of speaking to a model."""

    name: ClassVar[str]
    mark: ClassVar[str]
    """The field by which a body is known to be in this dialect, and that holds its input."""
    parameters: ClassVar[str]
    """The field that holds the task's parameters."""

    @abstractmethod
    def read(self, body: Body, entry: Entry) -> Call:
        """The call in a body, or `InvalidInput` with the field."""

    def extra_fields(self, task: Task) -> dict[str, Any]:
        """The schemas of what else a body may hold. Override where `read` takes more than input and parameters."""
        return {}

    @abstractmethod
    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        """The reply, ready for JSON."""

    @abstractmethod
    def status(self, error: AppError) -> int:
        """The HTTP status of an error in this dialect."""
