"""A server of static batches: who is there shares one `generate`, which runs until the longest answer is written.

It streams, and an answer ends at its own length, so it shows the best that a static batch can: what it cannot do is
let anybody in meanwhile. Run as `python -m benchmarks.generators.static_batches FOLDER DEVICE PORT`.
"""

import asyncio
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from queue import Empty, SimpleQueue
from typing import Any

import orjson
import torch
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from transformers import AutoModelForCausalLM, AutoTokenizer

from benchmarks.generators.completions import PATH
from benchmarks.generators.room import SEQUENCES
from benchmarks.generators.shapes import SPACE

GATHER_S = 0.05


class Waiting:
    """One request; `tokens` of None is its end."""

    def __init__(self, prompt: list[int], wanted: int) -> None:
        self.prompt, self.left = prompt, wanted
        self.wanted = wanted
        self.tokens: asyncio.Queue[int | None] = asyncio.Queue()

    def take(self, token: int) -> None:
        if self.left > 0:
            self.left -= 1
            self.tokens.put_nowait(token)
        if self.left == 0:
            self.tokens.put_nowait(None)
            self.left = -1


class Batches:
    """One thread, which runs batch after batch."""

    def __init__(self, folder: str, device: str) -> None:
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self._model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype="auto").to(device).eval()
        self._waiting: SimpleQueue[Waiting] = SimpleQueue()

    def start(self) -> None:
        threading.Thread(target=self._run, args=(asyncio.get_running_loop(),), daemon=True).start()

    def submit(self, waiting: Waiting) -> None:
        self._waiting.put(waiting)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            if batch := [waiting for waiting in self._gathered() if waiting.left > 0]:
                try:
                    self._write(batch, loop)
                except _NobodyWaits:
                    continue

    def _gathered(self) -> list[Waiting]:
        batch, closes = [self._waiting.get()], time.monotonic() + GATHER_S
        while len(batch) < SEQUENCES:
            try:
                batch.append(self._waiting.get(timeout=max(closes - time.monotonic(), 0)))
            except Empty:
                break
        return batch

    @torch.inference_mode()
    def _write(self, batch: list[Waiting], loop: asyncio.AbstractEventLoop) -> None:
        longest = max(len(waiting.prompt) for waiting in batch)
        rows = [[0] * (longest - len(waiting.prompt)) + waiting.prompt for waiting in batch]
        mask = [[0] * (longest - len(waiting.prompt)) + [1] * len(waiting.prompt) for waiting in batch]
        self._model.generate(
            input_ids=torch.tensor(rows, device=self._model.device),
            attention_mask=torch.tensor(mask, device=self._model.device),
            max_new_tokens=max(waiting.wanted for waiting in batch),
            do_sample=False,
            pad_token_id=0,
            streamer=_Streamer(batch, loop),
        )


class _NobodyWaits(Exception):
    """All of a batch have left."""


class _Streamer:
    """`generate` hands over the prompts first, then one token of each row at every step."""

    def __init__(self, batch: list[Waiting], loop: asyncio.AbstractEventLoop) -> None:
        self._batch, self._loop, self._begun = batch, loop, False

    def put(self, tokens: torch.Tensor) -> None:
        if self._begun:
            if all(waiting.left < 0 for waiting in self._batch):
                raise _NobodyWaits
            self._loop.call_soon_threadsafe(self._hand_out, tokens.tolist())
        self._begun = True

    def end(self) -> None:
        """Every row has ended at its own length."""

    def _hand_out(self, tokens: list[int]) -> None:
        for waiting, token in zip(self._batch, tokens, strict=True):
            waiting.take(token)


def build_app(batches: Batches) -> Starlette:
    """Completions, streamed, and health."""

    async def complete(request: Request) -> Response:
        body = orjson.loads(await request.body())
        waiting = Waiting(batches.tokenizer(body["prompt"])["input_ids"], body["max_tokens"])
        batches.submit(waiting)
        return StreamingResponse(stream(waiting), media_type="text/event-stream")

    async def stream(waiting: Waiting) -> AsyncIterator[bytes]:
        try:
            while (token := await waiting.tokens.get()) is not None:
                text = batches.tokenizer.convert_ids_to_tokens(token).replace(SPACE, " ")
                yield _event({"choices": [{"index": 0, "text": text, "finish_reason": None}]})
            yield _event({"choices": [], "usage": {"completion_tokens": waiting.wanted}})
        finally:
            waiting.left = -1

    async def health(request: Request) -> Response:
        return Response()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        batches.start()
        yield

    return Starlette(routes=[Route(PATH, complete, methods=["POST"]), Route("/health", health)], lifespan=lifespan)


def _event(told: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(told) + b"\n\n"


def main() -> None:
    folder, device, port = sys.argv[1:]
    uvicorn.run(build_app(Batches(folder, device)), port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
