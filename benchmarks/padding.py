"""How much of the work is padding when a task's requests are under way together: the real executor, without HTTP."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.replica.engines.torch import TorchEngine
from serve_app.replica.executors import executor_for
from serve_app.replica.gathering import gathered
from serve_app.types import Done, Item


def padding_of(task: str, folder: Path, asked: Sequence[tuple[Any, dict[str, Any]]]) -> float:
    """The share of tokens that only fill rows up."""
    return asyncio.run(_padding_of(task, folder, asked))


async def _padding_of(word: str, folder: Path, asked: Sequence[tuple[Any, dict[str, Any]]]) -> float:
    task = tasks.find(word)
    assert task is not None
    entry = {"name": "model", "hf_model_name": str(folder), "hf_task": word, "batching": {"max_batch_size": 64}}
    model, engine = Model.model_validate(entry), TorchEngine()
    executor = executor_for(task, engine, engine.load(model, task), model, asyncio.get_running_loop(), lambda: None)
    try:
        items = [
            Item(str(number), "predict", value, task.Params.model_validate(params), 60.0)
            for number, (value, params) in enumerate(asked)
        ]
        timings = [end.timings for end in await gathered(executor, items) if isinstance(end, Done)]
    finally:
        await asyncio.to_thread(executor.close, 5.0)
        engine.close()
    return 1 - sum(each.tokens for each in timings) / sum(each.padded_tokens for each in timings)
