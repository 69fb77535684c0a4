"""The client of everything that speaks HTTP: OpenAI's completions, streamed."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson

from benchmarks.generators.load import Ask, Fault
from benchmarks.generators.workload import Asked

PATH = "/v1/completions"
_JSON = {"Content-Type": "application/json"}
_BEFORE, _AFTER, _LAST = b"data: ", b"\n\n", b"[DONE]"


@asynccontextmanager
async def asking(url: str, model: str) -> AsyncIterator[Ask]:
    """Clients of one server, with a connection each."""
    timeout = aiohttp.ClientTimeout(total=None, sock_read=300)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
        yield _Completions(session, url, model)


class _Completions:
    def __init__(self, session: aiohttp.ClientSession, url: str, model: str) -> None:
        self._session, self._url, self._model = session, url, model

    async def __call__(self, asked: Asked) -> AsyncGenerator[int, None]:
        body = {
            "model": self._model,
            "prompt": asked.prompt,
            "max_tokens": asked.tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        async with self._session.post(self._url, data=orjson.dumps(body), headers=_JSON) as reply:
            if reply.status != 200:
                raise Fault(f"{reply.status}: {(await reply.text())[:300]}")
            written, rest = None, b""
            async for piece in reply.content.iter_any():
                *whole, rest = (rest + piece).split(_AFTER)
                told = [_read(event) for event in whole if event.startswith(_BEFORE) and not event.endswith(_LAST)]
                # The models write one word a token: see `shapes`.
                tokens = sum(choice["text"].count(" ") for event in told for choice in event["choices"])
                written = next((event["usage"]["completion_tokens"] for event in told if event.get("usage")), written)
                if tokens:
                    yield tokens
        if written != asked.tokens:
            raise Fault(f"usage says {written} tokens, and {asked.tokens} were asked for")


def _read(event: bytes) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(event.removeprefix(_BEFORE))
    if "error" in told:
        raise Fault(str(told["error"])[:300])
    return told
