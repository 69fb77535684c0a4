"""How the ingress answers: JSON, and errors in the one shape that both dialects read."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from serve_app.errors import AppError

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def json_reply(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content, option=_OPTIONS), status, headers, media_type="application/json")


def error_reply(error: AppError, status: int | None = None, **more: Any) -> Response:
    """`error` and `error_type`, with the field at fault and the time to come back where there is one."""
    body: dict[str, Any] = {"error": error.message, "error_type": error.kind, **more}
    headers: dict[str, str] = {}
    if error.field is not None:
        body["field"] = error.field
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(round(error.retry_after_s), 1))
        if error.kind == "not_ready":
            body["estimated_time"] = error.retry_after_s
    return json_reply(body, status or error.status, headers)
