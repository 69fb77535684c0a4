"""How the ingress answers: JSON, and errors in the one shape that both dialects read."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from serve_app.errors import AppError
from serve_app.tasks.media.output import Blob

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def json_bytes(content: Any) -> bytes:
    return orjson.dumps(content, default=_in_json, option=_OPTIONS)


def _in_json(value: Any) -> Any:
    if isinstance(value, Blob):
        return value.base64
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def json_reply(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json_bytes(content), status, headers, media_type="application/json")


def error_body(error: AppError) -> dict[str, Any]:
    """`error` and `error_type`, with the field at fault and the time to come back where there is one."""
    body: dict[str, Any] = {"error": error.message, "error_type": error.kind}
    if error.field is not None:
        body["field"] = error.field
    if error.retry_after_s is not None and error.kind == "not_ready":
        body["estimated_time"] = error.retry_after_s
    return body


def error_reply(error: AppError, **more: Any) -> Response:
    """An error that is in no dialect."""
    return fault_reply(error, error.status, {**error_body(error), **more})


def fault_reply(error: AppError, status: int, body: Mapping[str, Any]) -> Response:
    """An error as a dialect renders it; the headers are the same for all."""
    headers: dict[str, str] = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(round(error.retry_after_s), 1))
        headers["Retry-After-Ms"] = str(max(round(error.retry_after_s * 1000), 1))
    return json_reply(body, status, headers)
