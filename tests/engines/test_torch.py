"""The PyTorch engine: what it tells of a model, how it loads, and how it says that it cannot."""

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from serve_app import tasks
from serve_app.config.schema import Model, Resources
from serve_app.errors import ModelCannotLoad
from serve_app.replica import engines
from serve_app.replica.engines.torch import TorchEngine
from serve_app.replica.engines.torch_device import CONTEXT_BYTES, apart, memory_errors, share_of, threads
from serve_app.tasks.kit import Kit


def _load(folder: Path, word: str, **entry: Any) -> tuple[TorchEngine, Kit]:
    task = tasks.find(word)
    assert task is not None
    engine = TorchEngine()
    return engine, engine.load(Model(name="tiny", hf_model_name=str(folder), hf_task=word, **entry), task)


def _copy(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to / "model"))


def test_the_table_finds_it() -> None:
    assert engines.find("torch") is TorchEngine


def test_card_and_kit(folders: dict[str, Path]) -> None:
    engine, kit = _load(folders["gpt2"], "text-generation", limits={"max_input_tokens": 50})
    card = engine.card()
    assert (card.dtype, card.device, card.revision, card.max_input_tokens) == ("float32", "cpu", "folder", 50)
    assert card.parameters == 257 * 32 + 192 * 32 + 2 * (12 * 32 * 32 + 13 * 32) + 2 * 32
    assert (kit.max_input_tokens, kit.max_total_tokens) == (50, 192)
    assert kit.config["vocab_size"] == 257


def test_forward_gives_float32_whatever_the_weights_are(folders: dict[str, Path]) -> None:
    engine, _ = _load(folders["bert"], "text-classification", hf_model_kwargs={"torch_dtype": "torch.bfloat16"})
    ids = np.asarray([[2, 30, 3], [2, 31, 3]])
    outputs = engine.forward({"input_ids": ids, "attention_mask": np.ones_like(ids)}, ("logits",))
    assert engine.card().dtype == "bfloat16"
    assert {name: (array.shape, array.dtype.name) for name, array in outputs.items()} == {"logits": ((2, 3), "float32")}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (Resources(num_threads=3), 3),
        (Resources(num_cpus=2), 2),
        (Resources(num_cpus=1.5), 1),
        (Resources(num_cpus=8, num_threads=1), 1),
    ],
)
def test_threads(resources: Resources, expected: int) -> None:
    assert threads(resources) == expected


def test_a_model_without_a_whole_cpu_may_use_them_all() -> None:
    import os

    assert threads(Resources(num_cpus=0.1)) == len(os.sched_getaffinity(0))


def test_threads_are_set_whatever_the_environment_says(folders: dict[str, Path]) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        _load(folders["bert"], "text-classification", resources={"num_threads": 2})
        assert apart(torch.get_num_threads) == 2, "in the threads that come after, of which one runs the model"
    finally:
        torch.set_num_threads(before)


def test_four_shares_of_a_gpu_leave_room_for_four_contexts() -> None:
    total = 16 * 2**30
    assert 4 * (share_of(0.25, total) * total + CONTEXT_BYTES) == pytest.approx(total)
    assert share_of(0.01, 2**30) > 0


@pytest.mark.parametrize(
    "raised",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried 9999"),
    ],
)
def test_out_of_memory_is_a_memory_error(raised: Exception) -> None:
    with pytest.raises(MemoryError), memory_errors():
        raise raised


def test_a_real_allocation_that_is_too_large_is_a_memory_error() -> None:
    with pytest.raises(MemoryError, match="the machine's memory is full"), memory_errors():
        torch.empty(2**50)


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="shapes"), memory_errors():
        raise RuntimeError("shapes do not fit")


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelCannotLoad, match=r"there is no folder .*/nowhere: correct hf_model_name"):
        _load(tmp_path / "nowhere", "text-classification")


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelCannotLoad, match=r"holds no config\.json"):
        _load(tmp_path, "text-classification")


def test_no_such_subfolder(folders: dict[str, Path]) -> None:
    with pytest.raises(ModelCannotLoad, match=r"/bert/nowhere holds no config\.json"):
        _load(folders["bert"], "text-classification", hf_model_kwargs={"subfolder": "nowhere"})


def test_no_tokenizer(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = _copy(folders["bert"], tmp_path)
    for path in folder.glob("token*"):
        path.unlink()
    with pytest.raises(ModelCannotLoad, match=r"holds no tokenizer: save it there with tokenizer\.save_pretrained"):
        _load(folder, "text-classification")


def test_a_broken_tokenizer(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = _copy(folders["bert"], tmp_path)
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(ModelCannotLoad, match=r"the tokenizer in .* does not load"):
        _load(folder, "text-classification")


@pytest.mark.parametrize("size", [0, 100, 20_000])
def test_truncated_weights(folders: dict[str, Path], tmp_path: Path, size: int) -> None:
    folder = _copy(folders["bert"], tmp_path)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:size])
    with pytest.raises(ModelCannotLoad, match=r"the safetensors file in .* is damaged .*: fetch the model again"):
        _load(folder, "text-classification")


def test_no_weights(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = _copy(folders["bert"], tmp_path)
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelCannotLoad, match=r"holds no model\.safetensors"):
        _load(folder, "text-classification")


class _Canary:
    """Opened as a pickle, it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._path,)


def test_pickled_weights_are_refused_unopened(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = _copy(folders["bert"], tmp_path)
    (folder / "model.safetensors").unlink()
    canary = tmp_path / "canary"
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(_Canary(canary)))
    with pytest.raises(ModelCannotLoad, match=r"its weights only as pytorch_model\.bin, which can run code"):
        _load(folder, "text-classification")
    assert not canary.exists()
    pickle.loads((folder / "pytorch_model.bin").read_bytes())
    assert canary.exists(), "the canary sings when somebody opens it"


def test_pickled_weights_load_when_the_operator_says_so(folders: dict[str, Path], tmp_path: Path) -> None:
    from safetensors.torch import load_file

    folder = _copy(folders["bert"], tmp_path)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    engine, _ = _load(folder, "text-classification", hf_model_kwargs={"use_safetensors": False})
    assert engine.card().parameters > 0


def _wants_code(folder: Path, canary: Path, model_type: str) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["model_type"] = model_type
    names = {"AutoConfig": "own.OwnConfig", "AutoModelForSequenceClassification": "own.OwnModel"}
    # A folder cannot grant itself what only the operator may.
    config |= {"auto_map": names, "trust_remote_code": True}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(
        f"""import pathlib
from transformers import BertConfig, BertForSequenceClassification
pathlib.Path({str(canary)!r}).touch()
class OwnConfig(BertConfig):
    model_type = {model_type!r}
class OwnModel(BertForSequenceClassification):
    config_class = OwnConfig
"""
    )


def test_code_in_a_folder_does_not_run(folders: dict[str, Path], tmp_path: Path) -> None:
    folder, canary = _copy(folders["bert"], tmp_path), tmp_path / "canary"
    _wants_code(folder, canary, "never-seen-before")
    with pytest.raises(ModelCannotLoad, match=r"wants to run code of its own: read it, .*trust_remote_code to true"):
        _load(folder, "text-classification")
    assert not canary.exists()


def test_code_in_a_folder_runs_when_the_operator_says_so(folders: dict[str, Path], tmp_path: Path) -> None:
    folder, canary = _copy(folders["bert"], tmp_path), tmp_path / "canary"
    _wants_code(folder, canary, "trusted-kind")
    engine, _ = _load(folder, "text-classification", hf_model_kwargs={"trust_remote_code": True})
    assert canary.exists()
    assert engine.card().parameters > 0


@pytest.mark.parametrize(
    ("name", "word", "words"),
    [
        (
            "encoder",
            "text-classification",
            r"lack 4 tensors \(bert\.pooler\.dense\.bias\): they were trained for BertModel",
        ),
        ("gpt2", "text2text-generation", "is a kind of model that cannot do text2text-generation: correct hf_task"),
        ("t5", "text-generation", "is an encoder-decoder: set hf_task to text2text-generation"),
        ("bart", "text-generation", "is an encoder-decoder: set hf_task to text2text-generation"),
        ("bert", "text-generation", "so text-generation would answer at random"),
    ],
)
def test_a_model_for_another_task(folders: dict[str, Path], name: str, word: str, words: str) -> None:
    with pytest.raises(ModelCannotLoad, match=words):
        _load(folders[name], word)


def test_shapes_that_differ_from_the_config(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = _copy(folders["bert"], tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "intermediate_size": 128}))
    with pytest.raises(ModelCannotLoad, match=r"do not have the shapes that its config\.json says"):
        _load(folder, "text-classification")


def test_a_keyword_that_no_model_takes(folders: dict[str, Path]) -> None:
    with pytest.raises(ModelCannotLoad, match="hf_model_kwargs has a key that this model does not take"):
        _load(folders["bert"], "text-classification", hf_model_kwargs={"load_in_3bit": True})


def test_a_type_that_torch_does_not_have(folders: dict[str, Path]) -> None:
    with pytest.raises(ModelCannotLoad, match=r"hf_model_kwargs\.dtype is no type of torch: use auto, float32"):
        _load(folders["bert"], "text-classification", hf_model_kwargs={"dtype": "bfloat17"})


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("cuda", "hf_device is cuda and this process sees 0 GPUs: set resources.num_gpus, or hf_device to cpu"),
        ("cuda:3", "hf_device is cuda:3 and this process sees 0 GPUs"),
        ("mps", "hf_device is mps and this machine has none"),
        ("abacus", "hf_device abacus is no device: use cpu, cuda, cuda:0 or mps"),
    ],
)
def test_devices_that_are_not_there(folders: dict[str, Path], device: str, words: str) -> None:
    if device != "abacus" and torch.accelerator.is_available():
        pytest.skip("this machine has an accelerator")
    with pytest.raises(ModelCannotLoad, match=words):
        _load(folders["bert"], "text-classification", hf_device=device)


def test_decoders_classify_in_a_batch_without_a_padding_token(tmp_path: Path, folders: dict[str, Path]) -> None:
    from transformers import AutoTokenizer, GPT2Config, GPT2ForSequenceClassification

    from tests.served_model import ServedModel

    torch.manual_seed(1)
    config = GPT2Config(vocab_size=257, n_positions=64, n_embd=32, n_layer=1, n_head=2, num_labels=2)
    config.eos_token_id = config.bos_token_id = 256
    GPT2ForSequenceClassification(config).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(folders["gpt2"]).save_pretrained(tmp_path)
    served = ServedModel(tmp_path, "text-classification")
    together = served.predict(["a", "a longer one", "好"])
    alone = [served.predict([text])[0] for text in ("a", "a longer one", "好")]
    for one, other in zip(together, alone, strict=True):
        assert {e["label"]: e["score"] for e in one} == pytest.approx({e["label"]: e["score"] for e in other}, abs=1e-5)
