"""What surrounds every request: its id, its line in the log, and the net under everything."""

import logging
import re
import secrets
from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve_app.errors import Internal
from serve_app.ingress.replies import error_reply
from serve_app.meters import Meters

_SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
logger = logging.getLogger("ray.serve")


class RequestIds:
    """Names every request for the log: by its `X-Request-ID` where it is harmless, which Serve makes and sends back.

    Lays the headers out by name, once for all that read them.
    """

    def __init__(self, app: ASGIApp, log: bool) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = scope["named_headers"] = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        scope["request_id"] = given if _SAFE_ID.fullmatch(given) else secrets.token_hex(16)
        await self._app(scope, receive, self._logged(scope, send) if self._log else send)

    @staticmethod
    def _logged(scope: Scope, send: Send) -> Send:
        began = monotonic()

        async def logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                took_ms = (monotonic() - began) * 1000
                words = (scope["method"], scope["path"], message["status"], took_ms, scope["request_id"])
                logger.info("%s %s %d %.1f ms %s", *words)
            await send(message)

        return logged


class LastResort:
    """Whatever nobody foresaw: a 500 that says nothing of the inside, and the traceback in the log."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if started or scope["type"] != "http":
                raise  # too late for a reply: the connection ends here
            logger.exception("request %s failed", scope.get("request_id", "-"))
            self._meters.add("serve_app_errors_total", 1, "-", Internal.kind)
            sorry = Internal(
                f"the server failed on this request; its log tells more under {scope.get('request_id', '-')}"
            )
            await error_reply(sorry)(scope, receive, send)
