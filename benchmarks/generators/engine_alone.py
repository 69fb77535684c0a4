"""Our engine and executor with no Ray and no HTTP around them: what the server adds shows beside it."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.generators.load import Ask, Fault
from benchmarks.generators.room import CACHE_TOKENS, SEQUENCES
from benchmarks.generators.workload import Asked
from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.replica.engines import find
from serve_app.replica.executors import executor_for
from serve_app.replica.stream import events
from serve_app.types import Chunk, Failure, Item

NAME = "bench"
TASK = "text-generation"
TIMEOUT_S = 300.0


def entry(folder: Path, device: str) -> dict[str, Any]:
    """What stands in the YAML."""
    return {
        "name": NAME,
        "hf_model_name": str(folder),
        "hf_task": TASK,
        "hf_device": device,
        "hf_model_kwargs": {"dtype": "bfloat16"},
        "engine_options": {"batching": "continuous", "cache_tokens": CACHE_TOKENS},
        "batching": {"max_batch_size": SEQUENCES},
        "limits": {"timeout_s": TIMEOUT_S},
    }


@asynccontextmanager
async def engine_alone(folder: Path, device: str) -> AsyncIterator[Ask]:
    """One replica's inside, in this process."""
    model, task, engine = Model.model_validate(entry(folder, device)), tasks.find(TASK), find("torch")()
    assert task is not None
    kit = engine.load(model, task)
    loop = asyncio.get_running_loop()
    executor = executor_for(task, engine, kit, model, loop, lambda: None)
    ids = itertools.count()

    async def ask(asked: Asked) -> AsyncGenerator[int, None]:
        params = task.Params.model_validate({"max_new_tokens": asked.tokens, "details": "counts"})
        item = Item(str(next(ids)), "stream", asked.prompt, params, TIMEOUT_S)
        async with aclosing(events(executor, item)) as told:
            async for event in told:
                if isinstance(event, Failure):
                    raise Fault(event.message)
                if isinstance(event, Chunk) and (tokens := event.text.count(" ")):
                    yield tokens

    try:
        yield ask
    finally:
        await asyncio.to_thread(executor.close, 10)
        engine.close()
