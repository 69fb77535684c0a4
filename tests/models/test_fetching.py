"""Downloads from a hub of the tests' own, and every way in which they fail."""

from pathlib import Path
from typing import Any

import pytest

from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.models.fetching import Fetched, fetch
from serve_app.models.wanted import wanted
from serve_app.replica.engines.torch import TorchEngine
from tests.loopback_hub import COMMIT, LoopbackHub


def _fetch(cache: Path, name: str, **kwargs: Any) -> Fetched:
    return fetch(_model(cache, name, **kwargs))


def _model(cache: Path, name: str, **kwargs: Any) -> Model:
    return Model(name="m", hf_model_name=name, hf_model_kwargs={"cache_dir": str(cache), **kwargs})


@pytest.mark.parametrize("name", ["org/tiny", "tiny"])
def test_only_what_serving_needs_is_fetched(hub: LoopbackHub, cache: Path, name: str) -> None:
    fetched = _fetch(cache, name)
    assert fetched.revision == COMMIT == fetched.folder.name
    expected = {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    assert {path.removeprefix(f"{name}/") for path in hub.fetched} == expected
    hub.fetched.clear()
    assert _fetch(cache, name) == fetched
    assert hub.fetched == [], "what is here is not fetched again"


def test_a_model_of_the_hub_serves(hub: LoopbackHub, cache: Path) -> None:
    engine = TorchEngine()
    engine.load(_model(cache, "org/tiny", revision="main"), tasks.TASKS["text-classification"])
    assert engine.card().revision == COMMIT


def test_code_comes_only_when_the_operator_trusts_it(hub: LoopbackHub, cache: Path) -> None:
    assert not (_fetch(cache, "org/tiny").folder / "own.py").exists()
    assert (_fetch(cache, "org/tiny", trust_remote_code=True).folder / "own.py").exists()


def test_pickles_come_only_when_the_operator_says_so(hub: LoopbackHub, cache: Path) -> None:
    with pytest.raises(ModelCannotLoad, match=r"org/pickled at main has no model\*\.safetensors instead of pickles"):
        _fetch(cache, "org/pickled")
    assert "org/pickled/pytorch_model.bin" not in hub.fetched
    folder = _fetch(cache, "org/pickled", use_safetensors=False).folder
    assert (folder / "pytorch_model.bin").read_text() == "needless"


def test_a_variant(hub: LoopbackHub, cache: Path) -> None:
    folder = _fetch(cache, "org/tiny", variant="fp16").folder
    assert {path.name for path in folder.glob("*.safetensors")} == {"model.fp16.safetensors"}


@pytest.mark.parametrize(
    ("name", "kwargs", "words"),
    [
        ("org/nothing", {}, "has no model org/nothing that this token may see: correct hf_model_name, or set HF_TOKEN"),
        ("org/tiny", {"revision": "v9"}, r"org/tiny has no revision v9: correct hf_model_kwargs\.revision"),
        ("no/such/folder", {}, "no/such/folder is neither a folder here nor a model id like owner/name"),
    ],
)
def test_what_the_hub_does_not_have(
    hub: LoopbackHub, cache: Path, name: str, kwargs: dict[str, Any], words: str
) -> None:
    with pytest.raises(ModelCannotLoad, match=words):
        _fetch(cache, name, **kwargs)


def test_a_hub_that_cannot_be_reached(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(ModelCannotLoad, match=r"the hub http://127\.0\.0\.1:1 cannot be reached: set HF_ENDPOINT"):
        _fetch(cache, "org/tiny")


def test_a_token_that_is_not_there(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "none"))
    with pytest.raises(ModelCannotLoad, match=r"hf_model_kwargs\.token is true and this machine knows no token"):
        _fetch(cache, "org/tiny", token=True)


def test_what_is_here_serves_without_the_hub(hub: LoopbackHub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = _fetch(cache, "org/tiny")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    assert _fetch(cache, "org/tiny") == fetched


def test_a_folder_is_used_where_it_is(published: Path, cache: Path) -> None:
    assert _fetch(cache, str(published)) == Fetched(published, "folder")


@pytest.mark.parametrize(
    ("path", "kwargs", "expected"),
    [
        ("source.spm", {}, True),
        ("README.md", {}, True),
        ("1_Pooling/config.json", {}, True),
        ("model-00001-of-00002.safetensors", {}, True),
        ("model.safetensors.index.json", {}, True),
        ("model.fp16.safetensors", {}, False),
        ("model.fp16.safetensors", {"variant": "fp16"}, True),
        ("model.safetensors", {"variant": "fp16"}, False),
        ("model.safetensors", {"use_safetensors": False}, False),
        ("pytorch_model-00001-of-00002.bin", {"use_safetensors": False}, True),
        ("pytorch_model.bin", {"use_safetensors": True}, False),
        ("inner/model.safetensors", {}, False),
        ("inner/model.safetensors", {"subfolder": "inner/"}, True),
        ("training_args.bin", {"use_safetensors": False}, False),
        ("consolidated.safetensors", {}, False),
        ("onnx/config.json", {}, False),
        ("modeling_own.py", {}, False),
        ("modeling_own.py", {"trust_remote_code": True}, True),
    ],
)
def test_which_files_are_wanted(path: str, kwargs: dict[str, Any], expected: bool) -> None:
    assert wanted(kwargs).takes(path) is expected
