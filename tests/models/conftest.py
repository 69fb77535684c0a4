"""A model folder with much that nobody needs, on a hub of the tests' own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import loopback_hub, tiny_models
from tests.loopback_hub import LoopbackHub

NEEDLESS = (
    "pytorch_model.bin",
    "tf_model.h5",
    "model.fp16.safetensors",
    "onnx/model.onnx",
    "onnx/config.json",
    "own.py",
)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tiny_models.bert(tmp_path_factory.mktemp("published"))
    (folder / "onnx").mkdir()
    for name in NEEDLESS:
        (folder / name).write_text("needless")
    # One that is asked for by a test, as a variant.
    shutil.copy(folder / "model.safetensors", folder / "model.fp16.safetensors")
    return folder


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    """A copy of what is needed of it, to be spoilt."""
    copy = tmp_path / "model"
    copy.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(published / name, copy)
    return copy


@pytest.fixture
def hub(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    for name in ("config.json", "pytorch_model.bin", "tokenizer.json", "tokenizer_config.json"):
        (pickled / name).write_bytes((published / name).read_bytes())
    newer = Path(shutil.copytree(published, tmp_path / "newer"))
    (newer / "model.safetensors").write_bytes((newer / "model.safetensors").read_bytes()[:-1] + b"\x07")
    models = {"org/tiny": published, "tiny": published, "org/pickled": pickled, "org/newer": newer}
    with loopback_hub.serve(models) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two tries, nor long for a hub that is silent."""
    monkeypatch.setattr("serve_app.models.retrying.PAUSES_S", (0.0, 0.0, 0.0))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", 0.3)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_ETAG_TIMEOUT", 2)
