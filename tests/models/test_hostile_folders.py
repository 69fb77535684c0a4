"""Folders that would harm whoever opens them, brought in and loaded as a replica does it: refused, nothing executed."""

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.models.fetching import fetch
from serve_app.replica.engines.torch_load import Parts, load_parts

CODE = """import pathlib
pathlib.Path({canary!r}).touch()
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer
class Own(BertConfig):
    model_type = "own"
class OwnModel(BertForSequenceClassification):
    config_class = Own
class OwnTokenizer(BertTokenizer):
    pass
"""
ASKS = r"wants to run code of its own: read it, and if you trust it set hf_model_kwargs\.trust_remote_code to true"


class _Canary:
    """Opened as a pickle, it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._path,)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


def _load(folder: Path, **kwargs: Any) -> Parts:
    model = Model(name="m", hf_model_name=str(folder), hf_task="text-classification", hf_model_kwargs=kwargs)
    return load_parts(fetch(model).folder, model, tasks.TASKS["text-classification"], "cpu")


def _set(path: Path, **settings: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))


def _write_code(folder: Path, canary: Path) -> None:
    (folder / "own.py").write_text(CODE.format(canary=str(canary)))


def _only_pickle(folder: Path, canary: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(_Canary(canary)))


def _pickle_as_safetensors(folder: Path, canary: Path) -> None:
    (folder / "model.safetensors").write_bytes(pickle.dumps(_Canary(canary)))


def _torch_archive_as_safetensors(folder: Path, canary: Path) -> None:
    with zipfile.ZipFile(folder / "model.safetensors", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(_Canary(canary)))


def _pickles_behind_an_index(folder: Path, canary: Path) -> None:
    _only_pickle(folder, canary)
    (folder / "model.safetensors.index.json").write_text('{"metadata": {}, "weight_map": {"a": "pytorch_model.bin"}}')


def _config_that_asks(folder: Path, canary: Path) -> None:
    _write_code(folder, canary)
    names = {"AutoConfig": "own.Own", "AutoModelForSequenceClassification": "own.OwnModel"}
    _set(folder / "config.json", model_type="own", auto_map=names, trust_remote_code=True)


def _config_that_asks_another_repository(folder: Path, canary: Path) -> None:
    names = {"AutoConfig": "evil/repository--own.Own", "AutoModel": "evil/repository--own.OwnModel"}
    _set(folder / "config.json", model_type="own", auto_map=names)


def _kernel_of_another_repository(folder: Path, canary: Path) -> None:
    _set(folder / "config.json", attn_implementation="evil/kernel")


def _tokenizer_that_asks(folder: Path, canary: Path) -> None:
    _write_code(folder, canary)
    (folder / "tokenizer.json").unlink()
    names = {"AutoTokenizer": ["own.OwnTokenizer", None]}
    _set(folder / "tokenizer_config.json", tokenizer_class="OwnTokenizer", auto_map=names, trust_remote_code=True)


def _cut(folder: Path, canary: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])


def _no_tokenizer(folder: Path, canary: Path) -> None:
    for path in folder.glob("token*"):
        path.unlink()


def _no_model(folder: Path, canary: Path) -> None:
    (folder / "config.json").write_text('{"version": 3, "services": []}')


def _unknown_kind(folder: Path, canary: Path) -> None:
    _set(folder / "config.json", model_type="never-seen")


def _too_wide(folder: Path, canary: Path) -> None:
    _set(folder / "config.json", hidden_size=10**9, num_attention_heads=10**9)


def _negative(folder: Path, canary: Path) -> None:
    _set(folder / "config.json", hidden_size=-32)


def _text_for_a_number(folder: Path, canary: Path) -> None:
    _set(folder / "config.json", hidden_size="large")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            _only_pickle,
            r"its weights only as pytorch_model\.bin, which can run code when opened",
        ),
        (_pickle_as_safetensors, r"is damaged \(model\.safetensors: .*: fetch the model again"),
        (_torch_archive_as_safetensors, r"is damaged \(model\.safetensors: .*: fetch the model again"),
        (_pickles_behind_an_index, r"names a file that does not end in \.safetensors: do not use this model"),
        (_config_that_asks, ASKS),
        (_config_that_asks_another_repository, ASKS),
        (_kernel_of_another_repository, r"wants to run code of another repository \(attn_implementation\): read it"),
        (_tokenizer_that_asks, ASKS),
        (_cut, r"is damaged \(model\.safetensors: it has \d+ bytes and says \d+\): fetch the model again"),
        (_no_tokenizer, r"holds no tokenizer: save it there with tokenizer\.save_pretrained"),
        (_no_model, r"says no model_type that transformers knows: name the folder that save_pretrained wrote"),
        (_unknown_kind, r"says no model_type that transformers knows"),
        (_too_wide, r"do not have the shapes that its config\.json says: fetch the model again"),
        (_negative, r"does not load \(RuntimeError: .*negative dimension.*: check the folder's files"),
        (_text_for_a_number, r"does not load \(\w+: .*'hidden_size'.*: check the folder's files"),
    ],
)
def test_refused_with_the_reason_and_nothing_executed(
    folder: Path, canary: Path, spoil: Callable[[Path, Path], None], words: str
) -> None:
    spoil(folder, canary)
    with pytest.raises(ModelCannotLoad, match=words):
        _load(folder)
    assert not canary.exists()


def test_a_script_beside_the_weights_lies_there(folder: Path, canary: Path) -> None:
    """Nothing asks for it, and so the model is as good as any."""
    _write_code(folder, canary)
    assert _load(folder).network.config.model_type == "bert"
    assert not canary.exists()


def test_code_for_a_kind_that_transformers_knows_is_left_alone(folder: Path, canary: Path) -> None:
    _write_code(folder, canary)
    names = {"AutoConfig": "own.Own", "AutoModelForSequenceClassification": "own.OwnModel"}
    _set(folder / "config.json", auto_map=names)
    assert type(_load(folder).network).__name__ == "BertForSequenceClassification"
    assert not canary.exists()


@pytest.mark.parametrize("spoil", [_config_that_asks, _tokenizer_that_asks])
def test_the_canary_sings_when_the_operator_trusts_the_code(
    folder: Path, canary: Path, spoil: Callable[[Path, Path], None]
) -> None:
    spoil(folder, canary)
    try:
        _load(folder, trust_remote_code=True)
    except ModelCannotLoad:
        assert spoil is _tokenizer_that_asks, "whose files are gone"
    assert canary.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("trust_remote_code", "false"), ("trust_remote_code", 1), ("use_safetensors", 0), ("use_safetensors", None)],
)
def test_nothing_is_granted_by_accident(folder: Path, canary: Path, name: str, value: Any) -> None:
    _only_pickle(folder, canary)
    with pytest.raises(ModelCannotLoad, match=rf"hf_model_kwargs\.{name} must be true or false, without quotes"):
        _load(folder, **{name: value})
    assert not canary.exists()
