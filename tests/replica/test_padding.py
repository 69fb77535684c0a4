"""Requests of many lengths at once: what they share, and how much of the work is padding."""

import math
import random

import pytest

from serve_app.config.schema import Model
from serve_app.replica.engines.stub import StubEngine
from serve_app.tasks import TASKS
from serve_app.tasks.base import RowTask, Task
from serve_app.types import Done
from tests.replica.harness import Asking, working
from tests.replica.marking import lengthened, taken

MOST = 0.10


@pytest.mark.parametrize("task", [task for task in TASKS.values() if isinstance(task, RowTask)], ids=lambda t: t.name)
async def test_padding_of_mixed_lengths_stays_low(task: Task) -> None:
    rng, value, given = random.Random(3), *task.example()
    # Logarithmically even: a short request is as likely to come as a long one.
    lengths = [round(math.exp(rng.uniform(math.log(10), math.log(1000)))) for _ in range(256)]
    engine = StubEngine()
    kit = engine.load(Model(name="m", hf_model_name="stub", engine="stub", engine_options={"forward_s": 0.001}), task)
    with working(task, engine, kit) as executor:
        asking = Asking(executor)
        params = task.Params.model_validate(given)
        inputs = [lengthened(value, length) for length in lengths]
        inputs = [taken(task, each) for each in inputs] if task.takes_bytes else inputs
        ends = await asking.ends(asking.ask(*inputs, params=params))
    timings = [end.timings for end in ends if isinstance(end, Done)]
    assert len(timings) == len(lengths)
    tokens, padded = (sum(getattr(each, name) for each in timings) for name in ("tokens", "padded_tokens"))
    assert 0 <= 1 - tokens / padded < MOST
    assert sum(each.batch_size for each in timings) / len(timings) > 4, "nothing was shared"
