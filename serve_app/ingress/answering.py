"""A request to a model, from its body to its reply."""

import asyncio
from collections.abc import Sequence
from sys import getsizeof
from time import monotonic
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope

from serve_app.config.schema import Server
from serve_app.contract import too_many
from serve_app.errors import AppError, BadRequest, Cancelled
from serve_app.ingress.bodies import Headers, read_json
from serve_app.ingress.dialects import dialect_of
from serve_app.ingress.dialects.base import Call, Dialect
from serve_app.ingress.directory import HOLD_S, Directory
from serve_app.ingress.entry import Entry
from serve_app.ingress.lanes.table import Lanes
from serve_app.ingress.lanes.waiting import Ask
from serve_app.ingress.replies import error_reply, json_reply
from serve_app.meters import Meters

PRIORITIES = range(-10, 11)


class Answering:
    """Reads, asks the model's lane, and writes."""

    def __init__(self, directory: Directory, lanes: Lanes, server: Server, meters: Meters) -> None:
        self._directory = directory
        self._lanes = lanes
        self._server = server
        self._meters = meters
        self.under_way = 0

    async def reply(self, entry: Entry, scope: Scope, receive: Receive) -> Response:
        began = monotonic()
        self.under_way += 1
        headers: Headers = scope["named_headers"]
        dialect: Dialect | None = None
        try:
            body = await read_json(headers, receive, self._server.max_body_bytes)
            dialect = dialect_of(body)
            call = dialect.read(body, entry)
            if len(call.inputs) > self._server.max_items:
                raise too_many(
                    dialect.mark, len(call.inputs), f"this server takes {self._server.max_items} (server.max_items)"
                )
            await self._directory.answering(entry, _patience(call, headers, entry))
            ask = Ask(
                call.params,
                entry.model.limits.timeout_s,
                waited_s=monotonic() - began,
                priority=_priority(headers),
                trace=scope["request_id"],
            )
            outputs = await self._ask(entry, call, dialect, ask)
            return json_reply(dialect.write(call, outputs, entry))
        except AppError as error:
            self._meters.add("serve_app_errors_total", 1, entry.name, error.kind)
            return error_reply(error, dialect.status(error) if dialect else None)
        except asyncio.CancelledError:
            self._meters.add("serve_app_errors_total", 1, entry.name, Cancelled.kind)
            raise
        finally:
            self.under_way -= 1
            self._meters.add("serve_app_requests_total", 1, entry.name, dialect.name if dialect else "-")
            self._meters.add("serve_app_request_seconds_total", monotonic() - began, entry.name)

    async def _ask(self, entry: Entry, call: Call, dialect: Dialect, ask: Ask) -> Sequence[Any]:
        asked = self._lanes.of(entry, "predict").ask(call.inputs, [getsizeof(input) for input in call.inputs], ask)
        futures = [waiting.future for waiting in asked]
        position: int | None = None
        try:
            if call.single:
                return [(await futures[0]).output]
            await asyncio.wait(futures, return_when=asyncio.FIRST_EXCEPTION)
            for index, future in enumerate(futures):
                if future.done():
                    position = index
                    future.result()  # the first failure in the caller's own order
            return [future.result().output for future in futures]
        except AppError as error:
            raise entry.placed(error, dialect.mark, dialect.parameters, position) from None
        finally:
            for future in futures:
                future.cancel()


def _patience(call: Call, headers: Headers, entry: Entry) -> float:
    waits = call.wait_for_model or headers.get(b"x-wait-for-model", b"").lower() in (b"1", b"true")
    return entry.model.limits.timeout_s if waits else HOLD_S


def _priority(headers: Headers) -> int:
    given = headers.get(b"x-priority")
    if given is None:
        return 0
    try:
        priority = int(given)
    except ValueError:
        priority = PRIORITIES.stop
    if priority not in PRIORITIES:
        raise BadRequest(f"X-Priority must be a whole number from {PRIORITIES[0]} to {PRIORITIES[-1]}", "X-Priority")
    return priority
