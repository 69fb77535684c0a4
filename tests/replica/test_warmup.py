import asyncio

import pytest

from serve_app.contract import Contract
from serve_app.errors import ModelCannotLoad
from serve_app.replica.engines.stub import StubEngine
from serve_app.replica.executors import executor_for
from serve_app.replica.warmup import warm
from serve_app.tasks import TASKS
from tests.ingress.service import stub


async def warmed(hf_task: str, **options: object) -> list[int]:
    """Sizes of the batches that ran."""
    model = stub("m", hf_task, engine_options=options, batching={"max_batch_size": 4})
    contract, engine, sizes = Contract(model), StubEngine(), []
    kit = engine.load(model, contract.task)
    obey = engine._obey

    def counting(ids, rows, began):  # type: ignore[no-untyped-def]
        sizes.append(rows)
        obey(ids, rows, began)

    engine._obey = counting  # type: ignore[method-assign]
    executor = executor_for(contract.task, engine, kit, model, asyncio.get_running_loop(), lambda: None)
    try:
        await warm(executor, contract)
    finally:
        await asyncio.to_thread(executor.close, 5)
    return sizes


@pytest.mark.parametrize("task", TASKS)
async def test_the_smallest_and_the_fullest_batch_run(task: str) -> None:
    assert await warmed(task) == [1, 4]


async def test_a_model_that_cannot_run_its_own_example_cannot_load() -> None:
    with pytest.raises(ModelCannotLoad, match=r"^the warm-up of 1 inputs failed: the model failed on this input$"):
        await warmed("text-classification", fail_on="wonderful")
