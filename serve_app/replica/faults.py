"""What a caller and the log are told of an exception: neither ever sees the text of an input."""

import logging
import traceback

from serve_app.errors import AppError, ModelFault, OutOfMemory
from serve_app.types import Failure

logger = logging.getLogger(__name__)


def failure_of(error: Exception) -> Failure:
    """The answer of the one item that caused `error`; what is not meant for callers goes to the log."""
    if isinstance(error, AppError):
        return error.as_failure()
    log(error)
    if isinstance(error, MemoryError):
        return OutOfMemory("the input does not fit the memory of the device, not even alone").as_failure()
    return ModelFault("the model failed on this input").as_failure()


def log(error: BaseException) -> None:
    """Type and place only: an exception's message may quote the input it stumbled over."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("a model raised %s\n%s", type(error).__qualname__, frames.rstrip())
