"""A model folder with much that nobody needs, on a hub of the tests' own."""

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
    return folder


@pytest.fixture
def hub(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    for name in ("config.json", "pytorch_model.bin"):
        (pickled / name).write_bytes((published / name).read_bytes())
    with loopback_hub.serve({"org/tiny": published, "tiny": published, "org/pickled": pickled}) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running
