"""Errors in OpenAI's shape."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from serve_app.errors import AppError

_REQUEST = "invalid_request_error"


class _Told(NamedTuple):
    status: int
    type: str
    code: str | None = None


# By kind; what is not here is the server's own fault and keeps its status.
_TOLD: Mapping[str, _Told] = {
    "bad_request": _Told(400, _REQUEST),
    "validation": _Told(400, _REQUEST),
    "input_too_long": _Told(400, _REQUEST, "context_length_exceeded"),
    "too_many_items": _Told(400, _REQUEST, "array_above_max_length"),
    "not_found": _Told(404, _REQUEST, "unknown_url"),
    "method_not_allowed": _Told(405, _REQUEST, "method_not_supported"),
    "reader_too_slow": _Told(408, _REQUEST, "reader_too_slow"),
    "body_too_large": _Told(413, _REQUEST, "request_too_large"),
    "unsupported_media_type": _Told(415, _REQUEST, "unsupported_content_type"),
    "overloaded": _Told(429, "requests", "rate_limit_exceeded"),
}
_NO_MODEL = "model_not_found"


def fault(error: AppError) -> tuple[int, Mapping[str, Any]]:
    """The HTTP status and the body of an error."""
    told = _TOLD.get(error.kind, _Told(error.status, "server_error", error.kind))
    code = _NO_MODEL if error.kind == "not_found" and error.field == "model" else told.code
    return told.status, {
        "error": {"message": error.message, "type": told.type, "param": error.field, "code": code},
    }
