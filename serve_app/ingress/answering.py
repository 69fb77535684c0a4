"""A request to a model, from its body to its reply."""

import asyncio
from collections.abc import Sequence
from functools import partial
from time import monotonic

from starlette.types import ASGIApp, Receive, Scope, Send

from serve_app.config.schema import Server
from serve_app.contract import too_many
from serve_app.errors import AppError, BadRequest, Cancelled
from serve_app.ingress.bodies import Headers, read_body
from serve_app.ingress.dialects.base import Call, Dialect
from serve_app.ingress.directory import HOLD_S, Directory
from serve_app.ingress.entry import Entry
from serve_app.ingress.flags import waits_by
from serve_app.ingress.lanes.table import Lanes
from serve_app.ingress.lanes.waiting import Ask
from serve_app.ingress.links import Links
from serve_app.ingress.sizes import size_of
from serve_app.ingress.streaming import EventStream
from serve_app.ingress.visits import Visit
from serve_app.meters import Meters
from serve_app.types import Done

PRIORITIES = range(-10, 11)
LARGE = 1_000_000
"""Bytes of a body that take longer to read than a thread takes to start."""


class Answering:
    """Reads, asks the model's lane, and writes."""

    def __init__(self, directory: Directory, lanes: Lanes, server: Server, meters: Meters) -> None:
        self._directory = directory
        self._lanes = lanes
        self._server = server
        self._links = Links(server)
        self._meters = meters
        self.under_way = 0

    async def answer(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        self.under_way += 1
        try:
            reply = await self._reply(visit, scope, receive)
            await reply(scope, receive, send)
        except asyncio.CancelledError:
            visit.failed(Cancelled("the caller left before the answer was ready"))
            raise
        finally:
            self.under_way -= 1
            visit.over()

    async def _reply(self, visit: Visit, scope: Scope, receive: Receive) -> ASGIApp:
        headers: Headers = scope["named_headers"]
        try:
            raw = await read_body(headers, receive, self._server.max_body_bytes)
            understood = partial(self._understood, visit, headers, raw)
            # A large body is read beside the event loop: everybody else's requests go on meanwhile.
            dialect, entry, call = await asyncio.to_thread(understood) if len(raw) > LARGE else understood()
            if len(call.inputs) > self._server.max_items:
                raise too_many(
                    dialect.mark, len(call.inputs), f"this server takes {self._server.max_items} (server.max_items)"
                )
            await self._directory.answering(entry, _patience(call, headers, entry))
            call = await self._followed(visit, entry, call)
            ask = Ask(
                call.params,
                entry.model.limits.timeout_s,
                verb="stream" if call.stream else "predict",
                waited_s=monotonic() - visit.began,
                priority=_priority(headers),
                trace=scope["request_id"],
            )
            if call.stream:
                [input] = call.inputs
                events = self._lanes.of(entry, "stream").stream(input, size_of(input), ask)
                return EventStream(events, dialect.stream(call, entry), visit)
            answers = await self._ask(visit, entry, call, ask)
            call = call._replace(tokens=sum(answer.timings.tokens for answer in answers))
            return dialect.reply(call, [answer.output for answer in answers], entry)
        except AppError as error:
            visit.failed(error)
            return visit.refusal(error)

    def _understood(self, visit: Visit, headers: Headers, raw: bytes) -> tuple[Dialect, Entry, Call]:
        dialect, entry, body = visit.understood(headers, raw, self._directory)
        call = dialect.read(body, entry)
        return dialect, entry, call._replace(client=headers.get(b"user-agent", b"").decode("latin-1"))

    async def _followed(self, visit: Visit, entry: Entry, call: Call) -> Call:
        """The call with files in place of links."""
        inputs = await self._links.followed(call.inputs, entry.task)
        for index, input in enumerate(inputs):
            if isinstance(input, AppError):
                raise visit.placed(input, None if call.single else index)
        return call._replace(inputs=inputs)

    async def _ask(self, visit: Visit, entry: Entry, call: Call, ask: Ask) -> Sequence[Done]:
        lane = self._lanes.of(entry, "predict")
        position: int | None = None
        futures = [each.future for each in lane.ask(call.inputs, [size_of(input) for input in call.inputs], ask)]
        try:
            if call.single:
                return [await futures[0]]
            await asyncio.wait(futures, return_when=asyncio.FIRST_EXCEPTION)
            for index, future in enumerate(futures):
                if future.done():
                    position = index
                    future.result()  # the first failure in the caller's own order
            return [future.result() for future in futures]
        except AppError as error:
            raise visit.placed(error, position) from None
        finally:
            for future in futures:
                future.cancel()


def _patience(call: Call, headers: Headers, entry: Entry) -> float:
    waits = waits_by(headers) or call.wait_for_model
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
