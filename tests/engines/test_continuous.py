"""The running batch against plain `generate`: the same tokens alone, side by side, and while others come and go."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.errors import InvalidInput
from serve_app.replica.engines.torch import TorchEngine
from serve_app.tasks.sequences import Grammar, Prompted, Sampling, Sequences, Token

ENDS = frozenset({256})
NAMES = ("gpt2", "llama")


def loaded(folder: Path, word: str = "text-generation", **entry: Any) -> TorchEngine:
    engine, task = TorchEngine(), tasks.find(word)
    assert task is not None
    entry.setdefault("resources", {"num_threads": 1})
    engine.load(Model(name="m", hf_model_name=str(folder), hf_task=word, **entry), task)
    return engine


@pytest.fixture(scope="module", params=NAMES)
def engine(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Iterator[TorchEngine]:
    engine = loaded(folders[request.param])
    yield engine
    engine.close()


def running(engine: TorchEngine) -> Sequences:
    sequences = engine.sequences()
    assert sequences is not None
    sequences.reset()
    return sequences


def prompts(count: int, seed: int = 0, most: int = 60) -> list[list[int]]:
    rng = random.Random(seed)
    return [[rng.randrange(256) for _ in range(rng.randint(1, most))] for _ in range(count)]


def plain(engine: TorchEngine, prompt: Sequence[int], tokens: int, **settings: Any) -> list[int]:
    """What transformers' own `generate` writes on this prompt alone."""
    import torch

    ids = torch.tensor([prompt])
    with torch.inference_mode():
        written = engine._loaded.network.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=tokens, **settings
        )
    new: list[int] = written[0, len(prompt) :].tolist()
    return new


def write(
    sequences: Sequences, wanted: Sequence[Prompted], join_at: Sequence[int] | None = None
) -> dict[str, list[int]]:
    """Run them to their ends; each joins at its step."""
    waiting = sorted(zip(join_at or [0] * len(wanted), wanted, strict=True), key=lambda pair: pair[0])
    open_: dict[str, Prompted] = {}
    written: dict[str, list[int]] = {each.id: [] for each in wanted}
    step = 0
    while waiting or open_:
        while waiting and waiting[0][0] <= step and sequences.admits([waiting[0][1]]):
            _, each = waiting.pop(0)
            sequences.join(each)
            open_[each.id] = each
        for token in sequences.step():
            assert token.fault is None, token.fault
            ids = written[token.sequence]
            ids.append(token.id)
            each = open_[token.sequence]
            if token.id in each.sampling.ends or len(ids) >= each.at_most:
                sequences.leave(token.sequence)
                del open_[token.sequence]
        step += 1
    return written


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"repetition_penalty": 1.6},
        {"no_repeat_ngram_size": 2},
        {"min_new_tokens": 12},
    ],
    ids=str,
)
def test_greedy_is_transformers_own_alone_and_side_by_side(engine: TorchEngine, settings: dict[str, Any]) -> None:
    texts = prompts(12)
    expected = [plain(engine, text, 16, eos_token_id=256, **settings) for text in texts]
    asked = [Prompted(str(number), text, 16, Sampling(ends=ENDS, **settings)) for number, text in enumerate(texts)]
    sequences = running(engine)
    assert list(write(sequences, asked).values()) == expected
    assert write(sequences, asked[3:4])["3"] == expected[3]


def mixed(count: int) -> list[Prompted]:
    """Requests of every kind."""
    kinds: tuple[dict[str, Any], ...] = (
        {},
        {"temperature": 0.8},
        {"temperature": 1.3, "top_k": 20},
        {"temperature": 1.0, "top_p": 0.8, "min_p": 0.01},
        {"temperature": 0.9, "typical_p": 0.7},
        {"repetition_penalty": 1.4, "no_repeat_ngram_size": 3},
        {"temperature": 1.1, "frequency_penalty": 0.7, "presence_penalty": 0.4},
        {"logit_bias": ((65, 5.0), (66, -100.0)), "min_new_tokens": 6, "logprobs": 3},
        {"grammar": Grammar("regex", "[a-z]{2,9}( [a-z]{2,9}){0,3}"), "temperature": 1.0, "presence_penalty": 0.5},
    )
    return [
        Prompted(str(number), text, 4 + number % 20, Sampling(ends=ENDS, seed=number, **kinds[number % len(kinds)]))
        for number, text in enumerate(prompts(count, seed=5))
    ]


def test_every_request_writes_what_it_writes_alone(engine: TorchEngine) -> None:
    asked, sequences = mixed(40), running(engine)
    alone = {each.id: write(sequences, [each])[each.id] for each in asked}
    assert write(sequences, asked) == alone
    rng = random.Random(1)
    assert write(sequences, asked, [rng.randrange(60) for _ in asked]) == alone
    assert len({tuple(ids) for ids in alone.values()}) > 30


def test_equal_prompts_share_what_was_read_and_still_write_their_own(engine: TorchEngine) -> None:
    long = prompts(1, seed=3, most=1)[0] * 90
    asked = [Prompted(str(seed), long, 8, Sampling(temperature=1.2, seed=seed)) for seed in range(6)]
    sequences = running(engine)
    alone = {each.id: write(sequences, [each])[each.id] for each in asked}
    sequences.reset()
    assert write(sequences, asked) == alone


def test_probabilities_are_the_models_own(engine: TorchEngine) -> None:
    import torch

    [text] = prompts(1, seed=9)
    sequences = running(engine)
    sequences.join(Prompted("a", text, 3, Sampling(logprobs=4, temperature=0.5, seed=2)))
    [token] = sequences.step()
    with torch.inference_mode():
        own = engine._loaded.network(torch.tensor([text])).logits[0, -1].log_softmax(-1)
    assert token.logprob == pytest.approx(float(own[token.id]), abs=1e-4)
    best = own.topk(4)
    assert [id for id, _ in token.tops] == best.indices.tolist()
    assert [logprob for _, logprob in token.tops] == pytest.approx(best.values.tolist(), abs=1e-4)
    sequences.leave("a")


def test_whoever_leaves_frees_its_room_at_once(engine: TorchEngine) -> None:
    sequences = running(engine)
    big = Prompted("big", [1] * 40, sequences.capacity - 100, Sampling())
    small = Prompted("small", [2] * 100, 100, Sampling())
    assert sequences.holds([big]) and not sequences.holds([big, small])
    sequences.join(big)
    assert not sequences.admits([small])
    sequences.step()
    sequences.leave("big")
    sequences.leave("big")
    assert sequences.admits([small])
    sequences.join(small)
    assert [token.sequence for token in sequences.step()] == ["small"]
    sequences.leave("small")
    assert sequences.step() == []


def test_what_cannot_join_takes_no_room(engine: TorchEngine) -> None:
    sequences: Any = running(engine)
    before = sequences._matcher_of
    try:

        def refuse(sampling: Sampling) -> None:
            raise InvalidInput("no such grammar", "grammar")

        sequences._matcher_of = refuse
        with pytest.raises(InvalidInput):
            sequences.join(Prompted("bad", [1], sequences.capacity - 50, Sampling()))
    finally:
        sequences._matcher_of = before
    assert sequences.admits([Prompted("next", [1], sequences.capacity - 50, Sampling())])


def test_a_row_at_fault_harms_no_other(engine: TorchEngine) -> None:
    sequences = running(engine)
    out_of_bounds = Sampling(logit_bias=((10**6, 1.0),))
    for each in (Prompted("good", [1, 2, 3], 5, Sampling()), Prompted("bad", [4, 5], 5, out_of_bounds)):
        sequences.join(each)
    tokens = {token.sequence: token for token in sequences.step()}
    assert isinstance(tokens["bad"].fault, IndexError)
    assert tokens["good"] == Token("good", plain(engine, [1, 2, 3], 1)[0])


def test_a_step_that_fails_is_forgotten_with_all_its_sequences(engine: TorchEngine) -> None:
    sequences = running(engine)
    sequences.join(Prompted("bad", [10**6], 5, Sampling()))
    with pytest.raises(IndexError):
        sequences.step()
    sequences.reset()
    good = Prompted("good", [1, 2, 3], 6, Sampling())
    assert write(sequences, [good])["good"] == plain(engine, [1, 2, 3], 6)


def test_a_prompt_longer_than_a_step_is_read_in_several(folders: dict[str, Path]) -> None:
    engine = loaded(folders["gpt2"], batching={"max_batch_size": 2})
    sequences: Any = running(engine)
    sequences._processor.max_batch_tokens = 16
    long = prompts(1, seed=4, most=1)[0] * 100
    sequences.join(Prompted("long", long, 4, Sampling()))
    assert [sequences.step() for _ in range(100 // 16)] == [[]] * 6
    assert [token.id for token in sequences.step()] == plain(engine, long, 1)


@pytest.mark.parametrize(
    ("name", "word", "entry", "why"),
    [
        ("t5", "text2text-generation", {}, "batched: an encoder-decoder reads its whole input first"),
        ("gpt2", "text-generation", {"engine_options": {"batching": "batched"}}, "batched: engine_options.batching"),
        ("gpt2", "text-generation", {}, "continuous"),
        ("bert", "text-classification", {}, ""),
    ],
)
def test_the_card_says_which_way_a_model_writes_and_why(
    folders: dict[str, Path], name: str, word: str, entry: dict[str, Any], why: str
) -> None:
    engine = loaded(folders[name], word, **entry)
    assert engine.card().batching.startswith(why) and bool(engine.card().batching) == bool(why)
    assert (engine.sequences() is not None) == (why == "continuous")


def test_the_cache_is_as_large_as_the_operator_says(folders: dict[str, Path]) -> None:
    engine = loaded(folders["gpt2"], engine_options={"cache_tokens": 640})
    assert engine.card().cache_tokens == 640 == running(engine).capacity
