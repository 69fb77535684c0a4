"""A closed loop of clients: each sends its next request when its last is answered, and every arrival is timed."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from typing import NamedTuple

from benchmarks.generators.measured import Run
from benchmarks.generators.workload import Asked, Point, requests

Ask = Callable[[Asked], AsyncGenerator[int, None]]
"""One request: how many tokens each arrival brought. Closing it early withdraws the request."""
# Clients come one by one during this share of the measured time, before it.
ARRIVING = 0.25
FIRST_TOKEN_S = 90.0
PAUSE_S = 0.2


class Fault(Exception):
    """An answer that is no good."""


class _Window(NamedTuple):
    opens: float
    closes: float

    def __contains__(self, moment: object) -> bool:
        return isinstance(moment, float) and self.opens <= moment < self.closes


async def measure(ask: Ask, point: Point, words: Sequence[str]) -> Run:
    """Let the clients come, count for so long, and withdraw what is unanswered then."""
    return await _Load(ask, point, words).run()


class _Load:
    def __init__(self, ask: Ask, point: Point, words: Sequence[str]) -> None:
        self._ask, self._point, self._words = ask, point, words
        self._found = Run(point.seconds)
        self._waiting: dict[int, float] = {}
        self._heard = asyncio.Event()
        self._window = _Window(0.0, 0.0)

    async def run(self) -> Run:
        now, arriving = time.perf_counter(), ARRIVING * self._point.seconds
        self._window = _Window(now + arriving, now + arriving + self._point.seconds)
        count = self._point.clients
        clients = [asyncio.create_task(self._client(each, each / count * arriving)) for each in range(count)]
        await asyncio.sleep(self._window.closes - now)
        await self._first_tokens()
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        return self._found

    async def _first_tokens(self) -> None:
        """The longest waits would be missing if those that still wait were sent away."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_TOKEN_S):
                while self._waiting:
                    self._heard.clear()
                    await self._heard.wait()
        self._found.first_s += [time.perf_counter() - begun for begun in self._waiting.values()]

    async def _client(self, number: int, comes_in: float) -> None:
        await asyncio.sleep(comes_in)
        for asked in requests(self._point, number, self._words):
            if time.perf_counter() >= self._window.closes:
                return
            try:
                await self._one(number, asked)
            except Exception as error:
                self._found.faults += 1
                self._found.first_fault = self._found.first_fault or f"{type(error).__name__}: {error}"
                await asyncio.sleep(PAUSE_S)

    async def _one(self, client: int, asked: Asked) -> None:
        begun, last, total = time.perf_counter(), 0.0, 0
        if begun in self._window:
            self._waiting[client] = begun
        try:
            async with aclosing(self._ask(asked)) as arrivals:
                async for tokens in arrivals:
                    now = time.perf_counter()
                    self._note(now, begun, last, tokens)
                    self._answered(client)
                    last, total = now, total + tokens
        finally:
            self._answered(client)
        if total != asked.tokens:
            raise Fault(f"{total} tokens came, and {asked.tokens} were asked for")
        self._found.requests += begun in self._window

    def _answered(self, client: int) -> None:
        if self._waiting.pop(client, None) is not None:
            self._heard.set()

    def _note(self, now: float, begun: float, last: float, tokens: int) -> None:
        if not last and begun in self._window:
            self._found.first_s.append(now - begun)
        if now in self._window:
            self._found.tokens += tokens
            self._found.gaps_s += [now - last] if last else []
