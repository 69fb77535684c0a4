"""What a dialect is: it reads a request into inputs and parameters, and writes answers and errors in its own words.

To add a dialect that shares the models' own URLs: write `dialects/my_dialect.py` with a subclass of `Dialect`, and add
its line to the table in `dialects/__init__.py`; its `mark` tells its bodies from the others'. One that has paths of its
own gets its lines in `ingress/surfaces.py` instead.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from starlette.responses import Response

from serve_app.errors import AppError
from serve_app.ingress.bodies import Headers, parse_json
from serve_app.ingress.dialects.events import answered
from serve_app.ingress.directory import Directory
from serve_app.ingress.entry import Entry
from serve_app.ingress.naming import FIELD, entry_named
from serve_app.ingress.replies import error_body, json_reply
from serve_app.tasks.base import Params, Task
from serve_app.types import Chunk, Done

Body = Mapping[str, Any]
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Call(NamedTuple):
    """A request that was understood: what to ask of the model, and how to answer.

    `asked` is what the dialect itself wants to remember until it answers; `client` is who asks, as its User-Agent says.
    `tokens` is how many of them the inputs had, which is known with the answers.
    """

    inputs: list[Any]
    params: Params
    single: bool
    wait_for_model: bool = False
    stream: bool = False
    asked: Mapping[str, Any] = _NOTHING
    client: str = ""
    tokens: int = 0


class Writer(ABC):
    """Writes one stream; each method returns any number of whole server-sent events."""

    def begin(self) -> bytes:
        """Override where something comes before the first chunk."""
        return b""

    @abstractmethod
    def chunk(self, chunk: Chunk) -> bytes:
        """A piece of the answer."""

    @abstractmethod
    def done(self, done: Done) -> bytes:
        """The proper ending."""

    @abstractmethod
    def error(self, error: AppError) -> bytes:
        """The other ending."""


class Dialect(ABC):
    """One way of speaking to a model."""

    name: ClassVar[str]
    mark: ClassVar[str]
    """The field by which a body is known to be in this dialect, and that holds its input."""
    parameters: ClassVar[str]
    """The field that holds the task's parameters."""
    faults: ClassVar[str] = "Error"
    """What its errors are called in the OpenAPI description."""
    media_type: ClassVar[str] = "application/json"
    """What its bodies are."""

    def serves(self, task: Task) -> bool:
        """Whether models of a task are spoken to like this. Override where the dialect has paths for some alone."""
        return True

    def knows(self, body: Body, task: Task) -> bool:
        """Whether a body at a model's own URL is in this dialect. Override where more than the mark tells it."""
        return self.mark in body

    def parse(self, headers: Headers, raw: bytes) -> Body:
        """The body as its fields. Override where it may be something else than JSON."""
        return parse_json(headers, raw)

    def whose(self, body: Body, directory: Directory) -> Entry:
        """The model that a body is for, where the path does not say it. Override where the body need not either."""
        return entry_named(directory, body.get(FIELD))

    @abstractmethod
    def read(self, body: Body, entry: Entry) -> Call:
        """The call in a body, or `InvalidInput` with the field; `stream` only for a task and an input that can."""

    def extra_fields(self, task: Task) -> dict[str, Any]:
        """The schemas of what else a body may hold. Override where `read` takes more than input and parameters."""
        return {}

    def request_schema(self, task: Task, value: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        """A body's schema, from those of input and parameters. Override where they stand elsewhere in the body."""
        fields = {**self.extra_fields(task), self.mark: value, self.parameters: params}
        required = [self.mark, self.parameters] if "required" in params else [self.mark]
        return {"type": "object", "required": required, "properties": fields, "additionalProperties": False}

    def example(self, task: Task) -> Body:
        """A body that always works. Override together with `request_schema`."""
        value, params = task.example()
        return {self.mark: value} | ({self.parameters: params} if params else {})

    def answers(self, task: Task) -> Mapping[str, dict[str, Any]]:
        """The schemas of what comes back, by media type. Override where it is not always JSON."""
        return answered(task, {})

    @abstractmethod
    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        """The reply, ready for JSON."""

    def reply(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Response:
        """The whole reply. Override where it is not always JSON."""
        return json_reply(self.write(call, outputs, entry))

    def stream(self, call: Call, entry: Entry) -> Writer:
        """Who writes the answer to a call that is a stream. Override where `read` makes such calls."""
        raise NotImplementedError(f"{self.name} answers in one piece")

    def placed(self, error: AppError, entry: Entry, index: int | None) -> AppError:
        """What a replica says of one input, with the field that the caller knows it by."""
        return entry.placed(error, self.mark, self.parameters, index)

    def fault(self, error: AppError) -> tuple[int, Body]:
        """The HTTP status and the body of an error. Override where the dialect has its own of either."""
        return error.status, error_body(error)
