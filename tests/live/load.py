"""A bounded load: so many clients, each with one request under way, until told to stop or the count is reached."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx


class Load:
    """Runs in a thread of its own; `statuses` counts what came back, and an error of the connection by its name."""

    def __init__(
        self, url: str, body: Callable[[int], Any], clients: int, requests: int = 10_000, timeout_s: float = 60
    ) -> None:
        self.statuses: Counter[int | str] = Counter()
        self.bodies: list[tuple[int, str]] = []
        self._url, self._body, self._clients, self._left, self._timeout_s = url, body, clients, requests, timeout_s
        self._numbers = iter(range(requests))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.finish()

    def finish(self) -> None:
        """No new requests; wait for those under way."""
        self._stop.set()
        self._thread.join()

    def await_answers(self, count: int, within_s: float = 30) -> None:
        deadline = time.monotonic() + within_s
        while sum(self.statuses.values()) < count:
            assert time.monotonic() < deadline, self.statuses
            time.sleep(0.02)

    async def _run(self) -> None:
        limits = httpx.Limits(max_connections=self._clients, max_keepalive_connections=self._clients)
        async with httpx.AsyncClient(limits=limits, timeout=self._timeout_s) as client:
            await asyncio.gather(*(self._ask(client) for _ in range(self._clients)))

    async def _ask(self, client: httpx.AsyncClient) -> None:
        for number in self._numbers:
            if self._stop.is_set():
                return
            try:
                reply = await client.post(self._url, json=self._body(number))
            except httpx.HTTPError as error:
                self.statuses[type(error).__name__] += 1
                continue
            self.statuses[reply.status_code] += 1
            if reply.status_code != 200:
                self.bodies.append((reply.status_code, reply.text[:300]))
