"""Errors in the protocol's shape."""

from collections.abc import Mapping

from starlette.responses import Response

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.replies import fault_reply


def fault(error: AppError) -> tuple[int, Mapping[str, str]]:
    """The HTTP status and the body: what is wrong with a request is a 400."""
    return 400 if isinstance(error, InvalidInput) else error.status, {"error": error.message}


def refused(error: AppError) -> Response:
    return fault_reply(error, *fault(error))
