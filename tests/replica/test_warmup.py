import asyncio
from dataclasses import replace

import pytest
from tokenizers import Regex, normalizers

from serve_app.contract import Contract
from serve_app.errors import ModelCannotLoad
from serve_app.replica.engines.stub import StubEngine
from serve_app.replica.executors import executor_for
from serve_app.replica.warmup import warm
from serve_app.tasks import TASKS
from tests.ingress.service import stub
from tests.replica.harness import working
from tests.replica.marking import ONE_AFTER_THE_OTHER


async def warmed(hf_task: str, **options: object) -> list[int]:
    """Sizes of the batches that ran."""
    model = stub("m", hf_task, engine_options=options, batching={"max_batch_size": 4})
    contract, engine, sizes = Contract(model), StubEngine(), []
    kit = engine.load(model, contract.task)
    obey = engine._obey

    def counting(ids, rows, began, new=None):  # type: ignore[no-untyped-def]
        # In a running batch new rows count in the step in which they join.
        sizes.append(rows if new is None else new)
        obey(ids, rows, began, new)

    engine._obey = counting  # type: ignore[method-assign]
    executor = executor_for(contract.task, engine, kit, model, asyncio.get_running_loop(), lambda: None)
    try:
        await warm(executor, contract)
    finally:
        await asyncio.to_thread(executor.close, 5)
    return sizes


@pytest.mark.parametrize("task", TASKS)
async def test_the_smallest_and_the_fullest_batch_run(task: str) -> None:
    rows_of_one, *of_four = await warmed(task)
    assert (sum(of_four), max(of_four)) == (4 * rows_of_one, 1 if task in ONE_AFTER_THE_OTHER else 4)


async def test_a_model_that_cannot_run_its_own_example_cannot_load() -> None:
    with pytest.raises(ModelCannotLoad, match=r"^the warm-up of 1 inputs failed: the model failed on this input$"):
        await warmed("text-classification", fail_on="wonderful")


async def test_an_example_in_other_letters_than_the_model_s_is_left_to_callers() -> None:
    model = stub("m", "text-to-speech", batching={"max_batch_size": 2}, limits={"max_input_tokens": 8})
    contract, engine = Contract(model), StubEngine()
    kit = engine.load(model, contract.task)
    kit.tokenizer.backend_tokenizer.normalizer = normalizers.Replace(Regex("."), "")
    with working(contract.task, engine, kit) as executor:
        await warm(executor, contract)


async def test_what_the_example_lacks_is_left_to_callers_unless_the_config_says_it_wrongly() -> None:
    pairs = {f"translation_en_to_{code}": {"prefix": f"to {code}: "} for code in ("de", "fr")}
    left, wrong = stub("m", "translation"), stub("m", "translation", hf_generation_kwargs={"tgt_lang": "ro"})
    contract, engine = Contract(left), StubEngine()
    kit = replace(engine.load(left, contract.task), config={"task_specific_params": pairs})
    with working(contract.task, engine, kit) as executor:
        await warm(executor, contract)
        with pytest.raises(ModelCannotLoad, match="the model has no such language; it writes: de, fr"):
            await warm(executor, Contract(wrong))
