"""In bfloat16 company changes the last bits of the scores: how often that changes a token, measured and held to."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from serve_app.replica.engines.torch import TorchEngine
from serve_app.tasks.sequences import Prompted, Sampling
from tests.engines.test_continuous import loaded, plain, prompts, running, write

COUNT, TOKENS = 30, 20
# Of thirty answers of twenty tokens; measured: 30 and 27, 25 and 19 (docs/generation.md). The weights are random, so
# that near-ties are frequent.
GREEDY_AS_GENERATE = {"gpt2": 27, "llama": 24}
ALONE_AS_TOGETHER = {"gpt2": 22, "llama": 16}


@pytest.fixture(scope="module", params=["gpt2", "llama"])
def named(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Iterator[tuple[str, TorchEngine]]:
    engine = loaded(folders[request.param], hf_model_kwargs={"dtype": "bfloat16"})
    yield request.param, engine
    engine.close()


def wanted(sampled: bool) -> list[Prompted]:
    seeds = random.Random(5)
    return [
        Prompted(str(number), prompt, TOKENS, Sampling(temperature=0.8 if sampled else 0.0, seed=seeds.randrange(99)))
        for number, prompt in enumerate(prompts(COUNT, seed=2))
    ]


def test_greedy_answers_against_generate(named: tuple[str, TorchEngine]) -> None:
    name, engine = named
    written = write(running(engine), wanted(sampled=False))
    equal = sum(written[each.id] == plain(engine, each.prompt, TOKENS) for each in wanted(sampled=False))
    assert equal >= GREEDY_AS_GENERATE[name]


def test_sampled_answers_alone_and_together(named: tuple[str, TorchEngine]) -> None:
    name, engine = named
    together = write(running(engine), wanted(sampled=True))
    equal = sum(write(running(engine), [each])[each.id] == together[each.id] for each in wanted(sampled=True))
    assert equal >= ALONE_AS_TOGETHER[name]
