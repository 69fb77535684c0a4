"""Several adapters on one model: each writes as it does alone, and none sees what was read under another."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.errors import InvalidInput, ModelCannotLoad
from serve_app.replica.engines.torch import TorchEngine
from serve_app.tasks.sequences import Prompted, Sampling
from serve_app.types import Item

PROMPT = [1, 2, 3] * 40


def make_adapter(base: Path, folder: Path, seed: int) -> Path:
    """A LoRA adapter with random weights that are large enough to change every answer."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    wrapped = get_peft_model(
        AutoModelForCausalLM.from_pretrained(base), LoraConfig(target_modules=["q_proj", "v_proj"], r=4)
    )
    for name, weight in wrapped.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight, std=0.6)
    wrapped.save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="module")
def adapters(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("adapters")
    return {name: str(make_adapter(folders["llama"], root / name, seed)) for seed, name in enumerate(("a", "b"), 1)}


def load(folder: Path, adapters: dict[str, str], **options: Any) -> tuple[TorchEngine, Any]:
    engine, task = TorchEngine(), tasks.TASKS["text-generation"]
    entry = {"resources": {"num_threads": 1}, "engine_options": options}
    return engine, engine.load(
        Model(name="m", hf_model_name=str(folder), hf_task="generation", adapters=adapters, **entry), task
    )


@pytest.fixture(scope="module")
def engine(folders: dict[str, Path], adapters: dict[str, str]) -> TorchEngine:
    return load(folders["llama"], adapters)[0]


def written_by_peft(base: Path, adapter: str | None, prompt: Sequence[int], tokens: int) -> list[int]:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(base).eval()
    if adapter:
        network = PeftModel.from_pretrained(network, adapter).eval()
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        written = network.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=tokens
        )
    new: list[int] = written[0, len(prompt) :].tolist()
    return new


def write(engine: TorchEngine, prompt: list[int], adapter: str, tokens: int = 12) -> list[int]:
    sequences = engine.sequences()
    assert sequences is not None
    sequence = Prompted(f"{adapter}-{len(prompt)}", prompt, tokens, Sampling(ends=frozenset({256})), adapter)
    assert sequences.admits([sequence])
    sequences.join(sequence)
    ids: list[int] = []
    while len(ids) < tokens and 256 not in ids:
        ids += [token.id for token in sequences.step()]
    sequences.leave(sequence.id)
    return ids


def test_each_writes_what_peft_writes_with_it(
    engine: TorchEngine, folders: dict[str, Path], adapters: dict[str, str]
) -> None:
    expected = {name: written_by_peft(folders["llama"], adapters.get(name), PROMPT, 12) for name in ("", *adapters)}
    # The same long prompt under one after the other: what is kept of it for the next request belongs to one only.
    for name in ("a", "b", "", "b", "a", "a"):
        assert write(engine, PROMPT, name) == expected[name], name
    assert len({tuple(ids) for ids in expected.values()}) == 3


def test_a_search_by_beams_under_another_adapter_leaves_none_of_its_own_to_it(
    engine: TorchEngine, folders: dict[str, Path], adapters: dict[str, str]
) -> None:
    assert write(engine, PROMPT, "a") == written_by_peft(folders["llama"], adapters["a"], PROMPT, 12)
    engine.generate([Prompted("x", [5, 6], 3, Sampling(), "b")], {"num_beams": 2}, lambda tokens: frozenset())
    assert write(engine, PROMPT, "b") == written_by_peft(folders["llama"], adapters["b"], PROMPT, 12)


def test_two_adapters_never_run_side_by_side(engine: TorchEngine) -> None:
    sequences = engine.sequences()
    assert sequences is not None
    sequences.join(Prompted("one", PROMPT, 5, Sampling(), "a"))
    assert sequences.admits([Prompted("two", PROMPT, 5, Sampling(), "a")])
    assert not sequences.admits([Prompted("three", PROMPT, 5, Sampling(), "b")])
    assert not sequences.admits([Prompted("four", PROMPT, 5, Sampling())])
    sequences.leave("one")
    assert sequences.admits([Prompted("three", PROMPT, 5, Sampling(), "b")])


def test_batched_calls_use_the_adapter_too(folders: dict[str, Path], adapters: dict[str, str]) -> None:
    engine, _ = load(folders["llama"], adapters, batching="batched")
    for name in ("b", "", "a"):
        [ids] = engine.generate(
            [Prompted("x", PROMPT, 12, Sampling(ends=frozenset({256})), name)],
            {"num_beams": 1},
            lambda tokens: frozenset({0} if tokens[0] is None else ()),
        )
        expected = written_by_peft(folders["llama"], adapters.get(name), PROMPT, 12)
        assert ids[: len(expected)] == expected


def test_an_unknown_adapter_is_refused_with_those_there_are(folders: dict[str, Path], adapters: dict[str, str]) -> None:
    _, kit = load(folders["llama"], adapters)
    task = tasks.TASKS["text-generation"]
    params = task.Params.model_validate({"adapter_id": "c"})
    [error] = task.expand([Item("1", "predict", "hello", params, 9)], kit)
    assert isinstance(error, InvalidInput)
    assert (str(error), error.field) == ("the model has no such adapter; it has: a, b", "adapter_id")


def test_an_adapter_for_another_model_is_refused(folders: dict[str, Path], adapters: dict[str, str]) -> None:
    with pytest.raises(ModelCannotLoad, match=r"the adapter a in .* does not fit this model"):
        load(folders["gpt2"], {"a": adapters["a"]})
    with pytest.raises(ModelCannotLoad, match=r"the adapter x has no adapter_config.json and no adapter_model"):
        load(folders["llama"], {"x": str(folders["llama"])})
