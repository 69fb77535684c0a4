"""The error tree: each error knows its status and kind, and every dialect renders it from here."""

from typing import ClassVar

from serve_app.types import Failure


class AppError(Exception):
    """Anything a caller is told; `message` never holds internals or the caller's own text."""

    status: ClassVar[int] = 500
    kind: ClassVar[str] = "internal"

    def __init__(self, message: str, field: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message, field, retry_after_s)
        self.message = message
        self.field = field
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return self.message

    def as_failure(self, started: bool = True) -> Failure:
        return Failure(self.kind, self.message, self.field, started)


class BadRequest(AppError):
    """The body cannot be read at all, in any dialect."""

    status, kind = 400, "bad_request"


class InvalidInput(AppError):
    """A field is missing, unknown, of the wrong type or out of bounds."""

    status, kind = 422, "validation"


class InputTooLong(InvalidInput):
    """The input, or the input and the output asked for, does not fit the model."""

    kind = "input_too_long"


class TooManyItems(InvalidInput):
    """A list holds more inputs than the model's limit."""

    kind = "too_many_items"


class NotFound(AppError):
    """No such path or model."""

    status, kind = 404, "not_found"


class MethodNotAllowed(AppError):
    """The path exists, the method does not."""

    status, kind = 405, "method_not_allowed"


class BodyTooLarge(AppError):
    """More bytes than the server takes."""

    status, kind = 413, "body_too_large"


class ReaderTooSlow(AppError):
    """The caller reads a stream more slowly than it is written, and too much of it lies unread."""

    status, kind = 408, "reader_too_slow"


class UnsupportedMediaType(AppError):
    """The body is not JSON."""

    status, kind = 415, "unsupported_media_type"


class Overloaded(AppError):
    """The model's queue is full; `retry_after_s` says when it is worth coming back."""

    status, kind = 429, "overloaded"


class ModelFault(AppError):
    """The model failed on this very input."""

    status, kind = 500, "model_error"


class Internal(AppError):
    """Our own fault."""

    status, kind = 500, "internal"


class ReplicaDied(Internal):
    """The item was running in two processes that died."""

    kind = "replica_died"


class NotReady(AppError):
    """The model is loading or has failed to load."""

    status, kind = 503, "not_ready"


class OutOfMemory(AppError):
    """Not even alone does the input fit the device's memory."""

    status, kind = 503, "out_of_memory"


class DeadlineExceeded(AppError):
    """The answer was not ready in time."""

    status, kind = 504, "timeout"


class Cancelled(AppError):
    """The caller left before the answer was ready."""

    status, kind = 499, "cancelled"


class ModelCannotLoad(Exception):
    """Why a replica could not be made ready; the text is for the operator."""


ERRORS: tuple[type[AppError], ...] = (
    BadRequest,
    InvalidInput,
    InputTooLong,
    TooManyItems,
    NotFound,
    MethodNotAllowed,
    ReaderTooSlow,
    BodyTooLarge,
    UnsupportedMediaType,
    Overloaded,
    ModelFault,
    Internal,
    ReplicaDied,
    NotReady,
    OutOfMemory,
    DeadlineExceeded,
    Cancelled,
)
_BY_KIND = {error.kind: error for error in ERRORS}


def from_failure(failure: Failure) -> AppError:
    """The error that a replica returned as a value."""
    return _BY_KIND.get(failure.kind, Internal)(failure.message, failure.field)
