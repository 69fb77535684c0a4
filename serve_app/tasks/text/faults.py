"""What went wrong in one row of a running batch, as its caller hears it."""

from serve_app.errors import AppError, ModelFault
from serve_app.types import Failure


def failure_of_row(error: Exception) -> Failure:
    """An error of our own says what it means; any other stays inside."""
    told = error if isinstance(error, AppError) else ModelFault("the next token could not be chosen for this input")
    return told.as_failure()
