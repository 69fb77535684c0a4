"""The executors by the word that a task names."""

import asyncio
from collections.abc import Callable
from typing import Any

from serve_app.config.schema import Model
from serve_app.replica.executors.base import Executor
from serve_app.replica.executors.generation import GenerationExecutor
from serve_app.replica.executors.program import ProgramExecutor
from serve_app.replica.executors.row import RowExecutor
from serve_app.replica.worker import Worker
from serve_app.tasks.base import Engine, Task
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.generating import GeneratingTask

EXECUTORS: dict[str, type[Worker[Any]]] = {
    "row": RowExecutor,
    "program": ProgramExecutor,
}


def executor_for(
    task: Task,
    engine: Engine,
    kit: Kit,
    model: Model,
    loop: asyncio.AbstractEventLoop,
    on_stuck: Callable[[], None],
) -> Executor:
    """An executor at work: the running batch where the engine has one, else the one that the task names.

    `on_stuck` is called from a thread of its own when the process must be replaced."""
    if isinstance(task, GeneratingTask) and engine.sequences() is not None:
        return GenerationExecutor(task, engine, kit, model, loop, on_stuck)
    return EXECUTORS[task.executor](task, engine, kit, model, loop, on_stuck)
