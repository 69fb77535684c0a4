"""Ready means warm: the smallest and the fullest batch have run before the first request does."""

import asyncio

from serve_app.contract import Contract
from serve_app.errors import InvalidInput, ModelCannotLoad
from serve_app.replica.executors.base import Executor
from serve_app.replica.gathering import gathered
from serve_app.types import Failure, Item

WARM_UP_S = 600.0


async def warm(executor: Executor, contract: Contract) -> None:
    """Run the task's own example alone and as a full batch."""
    example, parameters = contract.task.example()
    [value], _ = contract.inputs([example], "input")
    params = contract.params(parameters, "parameters")
    for size in sorted({1, contract.model.batching.max_batch_size}):
        items = [Item(f"warm-up-{size}-{n}", "predict", value, params, WARM_UP_S) for n in range(size)]
        for end in await asyncio.wait_for(gathered(executor, items), WARM_UP_S):
            if isinstance(end, Failure) and not _left_to_callers(end, contract):
                raise ModelCannotLoad(f"the warm-up of {size} inputs failed: {end.message}")


def _left_to_callers(failure: Failure, contract: Contract) -> bool:
    """Whether the example lacks what this very model needs, such as its own letters, or a language."""
    left = contract.task.Params.model_fields.keys() - contract.model.hf_generation_kwargs.keys()
    return failure.kind == InvalidInput.kind and (failure.field in left or not contract.task.example_fits)
