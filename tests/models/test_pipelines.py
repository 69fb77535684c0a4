"""The folder of a pipeline: every part whole, as safetensors, and none that brings code."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import ModelCannotLoad
from serve_app.models.contents import look
from serve_app.models.memory import need
from serve_app.models.wanted import wanted
from tests.tiny_models.painters import painter


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return painter(tmp_path_factory.mktemp("pipelines") / "painter")


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "painter"))


def change(folder: Path, **parts: object) -> Any:
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps({**index, **parts}))


def test_all_its_parts_together(folder: Path) -> None:
    contents = look(folder, {})
    assert [path.relative_to(folder).as_posix() for path in contents.weights] == [
        "text_encoder/model.safetensors",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
    ]
    found = need(contents, {})
    assert found.dtype == "float32"
    assert found.weights_bytes == 4 * (found.parameters or 0) > 4_000_000
    assert need(contents, {"dtype": "bfloat16"}).weights_bytes == found.weights_bytes / 2


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "a part is missing": (lambda folder: shutil.rmtree(folder / "scheduler"), "lacks its part scheduler"),
    "weights are missing": (
        lambda folder: (folder / "unet/diffusion_pytorch_model.safetensors").unlink(),
        r"unet holds no diffusion_pytorch_model\.safetensors",
    ),
    "weights are pickles": (
        lambda folder: (folder / "vae/diffusion_pytorch_model.safetensors").rename(
            folder / "vae/diffusion_pytorch_model.bin"
        ),
        "only as diffusion_pytorch_model.bin, which can run code",
    ),
    "weights are damaged": (
        lambda folder: (folder / "unet/diffusion_pytorch_model.safetensors").write_bytes(b"x" * 100),
        "damaged",
    ),
    "a pipeline of its own": (lambda folder: change(folder, _class_name=["own", "Own"]), "its pipeline.*trust"),
    "a part of its own": (
        lambda folder: change(folder, unet=["own", "Own"]) or (folder / "unet/own.py").write_text(""),
        "its part unet.*trust",
    ),
    "a part elsewhere": (lambda folder: change(folder, **{"../unet": ["diffusers", "X"]}), "outside its own folder"),
    "a library elsewhere": (lambda folder: change(folder, unet=["../own", "X"]), "outside its own folder"),
    "too many layers": (
        lambda folder: (folder / "unet/config.json").write_text('{"num_layers": 1000000000}'),
        "no model has that many",
    ),
    "no parts": (lambda folder: (folder / "model_index.json").write_text('{"_class_name": "X"}'), "names no part"),
    "no index": (lambda folder: (folder / "model_index.json").write_text("["), "is not JSON"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_wrong_with_a_folder(folder: Path, name: str) -> None:
    spoil, words = SPOILT[name]
    spoil(folder)
    with pytest.raises(ModelCannotLoad, match=words):
        look(folder, {})


FILES = (
    "model_index.json",
    "unet/config.json",
    "unet/diffusion_pytorch_model-00001-of-00002.safetensors",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "text_encoder/model.safetensors",
    "text_encoder/model.fp16.safetensors",
    "text_encoder/pytorch_model.bin",
    "vae/diffusion_pytorch_model.bin",
    "tokenizer/vocab.json",
    "tokenizer/merges.txt",
    "v1-5-pruned.safetensors",
    "unet/model.onnx",
    "image.png",
)


@pytest.mark.parametrize(
    ("kwargs", "weights"),
    [
        ({}, {FILES[2], FILES[4]}),
        ({"variant": "fp16"}, {FILES[3], FILES[5]}),
    ],
    ids=["plain", "variant"],
)
def test_what_of_a_repository_is_fetched(kwargs: dict[str, str], weights: set[str]) -> None:
    patterns = wanted(kwargs).among(FILES)
    texts = {name for name in FILES if name.endswith((".json", ".txt"))}
    assert {name for name in FILES if patterns.takes(name)} == texts | weights
    assert patterns.has_weights(FILES)
    assert not wanted({}).has_weights(FILES)
    assert wanted({}).among(FILES[1:]) == wanted({})
