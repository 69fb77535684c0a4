"""What a folder must hold, told before anything of it is opened."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import ModelCannotLoad
from serve_app.models.contents import look
from serve_app.models.memory import need


def _shard(folder: Path) -> dict[str, str]:
    """Two files and their index in place of the single one."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(tensors)
    files = {name: f"model-{1 + (number % 2):05}-of-00002.safetensors" for number, name in enumerate(names)}
    for file in set(files.values()):
        save_file({name: tensors[name] for name in names if files[name] == file}, folder / file, {"format": "pt"})
    _index(folder, files)
    return files


def _index(folder: Path, files: Any) -> None:
    index = {"metadata": {"total_size": 1}, "weight_map": files}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def test_shards_count_together(folder: Path) -> None:
    whole = look(folder, {})
    _shard(folder)
    parts = look(folder, {})
    assert len(parts.weights) == 2
    assert need(parts, {}) == need(whole, {})


def test_a_subfolder(folder: Path) -> None:
    inner = folder / "inner"
    inner.mkdir()
    for path in [path for path in folder.iterdir() if path.is_file()]:
        path.rename(inner / path.name)
    assert look(folder, {"subfolder": "inner"}).weights == (inner / "model.safetensors",)
    with pytest.raises(ModelCannotLoad, match=r"holds no config\.json"):
        look(folder, {})


def test_a_variant(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model.fp16.safetensors")
    assert [path.name for path in look(folder, {"variant": "fp16"}).weights] == ["model.fp16.safetensors"]
    with pytest.raises(ModelCannotLoad, match=r"holds no model\.safetensors: save the model there"):
        look(folder, {})


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("config.json", "{", r"config\.json is not JSON \(.*\): fetch the model again"),
        ("config.json", "[" * 100_000, r"config\.json is not JSON \(too deeply nested\)"),
        ("config.json", "\xff", r"config\.json is not JSON"),
        ("config.json", "[1, 2]", r"config\.json is not a table of settings: fetch the model again"),
        (
            "config.json",
            '{"num_hidden_layers": 1e30}',
            r"asks for 1e\+30 num_hidden_layers, and no model has that many",
        ),
        (
            "config.json",
            '{"text_config": {"num_layers": 99999}}',
            "asks for 99999 num_layers, and no model has that many",
        ),
        ("config.json", '{"num_hidden_layers": NaN}', "asks for nan num_hidden_layers"),
        ("model.safetensors.index.json", "{", r"index\.json is not JSON"),
        ("model.safetensors.index.json", "{}", r"index\.json names no files of weights: fetch the model again"),
        ("model.safetensors.index.json", '{"weight_map": {"a": 1}}', "names no files of weights"),
    ],
)
def test_settings_that_are_none(folder: Path, name: str, text: str, words: str) -> None:
    (folder / name).write_bytes(text.encode("latin-1"))
    if "index" in name:
        (folder / "model.safetensors").unlink()
    with pytest.raises(ModelCannotLoad, match=words):
        look(folder, {})


@pytest.mark.parametrize(
    "place", ["../../x.safetensors", "/etc/x.safetensors", "sub/x.safetensors", "..\\x.safetensors"]
)
def test_an_index_that_points_outside(folder: Path, place: str) -> None:
    files = _shard(folder)
    _index(folder, {**files, "evil": place})
    with pytest.raises(
        ModelCannotLoad, match=r"index\.json names a file outside its own folder: do not use this model"
    ):
        look(folder, {})


def test_an_index_that_points_to_a_pickle(folder: Path) -> None:
    files = _shard(folder)
    _index(folder, {**files, "evil": "evil.bin"})
    (folder / "evil.bin").write_bytes(b"pickle")
    with pytest.raises(
        ModelCannotLoad, match=r"names a file that does not end in \.safetensors: do not use this model"
    ):
        look(folder, {})


def test_shards_that_are_missing(folder: Path) -> None:
    _shard(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(
        ModelCannotLoad, match=r"lacks model-00002-of-00002\.safetensors of its weights: fetch the model"
    ):
        look(folder, {})


def _header(change: Callable[[dict[str, Any]], Any]) -> Callable[[bytes], bytes]:
    def write(content: bytes) -> bytes:
        length = int.from_bytes(content[:8], "little")
        header = json.dumps(change(json.loads(content[8 : 8 + length]))).encode()
        return len(header).to_bytes(8, "little") + header + content[8 + length :]

    return write


def _first(change: dict[str, Any]) -> Callable[[dict[str, Any]], Any]:
    def apply(header: dict[str, Any]) -> dict[str, Any]:
        name = next(name for name in header if name != "__metadata__")
        return {**header, name: {**header[name], **change}}

    return apply


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda content: b"", "its 0 bytes do not hold the header that they announce"),
        (lambda content: content[:5], "its 5 bytes do not hold the header that they announce"),
        (lambda content: content[:100], "its 100 bytes do not hold the header that they announce"),
        (lambda content: content[:-1], r"it has \d+ bytes and says \d+"),
        (lambda content: content + b"x", r"it has \d+ bytes and says \d+"),
        (lambda content: b"\xff" * 8 + content[8:], r"its \d+ bytes do not hold the header that they announce"),
        (lambda content: content[:8] + b"x" + content[9:], "its header is not JSON"),
        (_header(lambda header: [1]), "its header is not a table of tensors"),
        (_header(_first({"shape": [1 << 40]})), "a tensor's size does not agree with its shape"),
        (_header(_first({"shape": "many"})), "a tensor's size does not agree with its shape"),
        (_header(_first({"data_offsets": [5, 1]})), "a tensor's size does not agree with its shape"),
        (_header(_first({"data_offsets": None})), "a tensor's size does not agree with its shape"),
    ],
)
def test_weights_that_are_damaged(folder: Path, damage: Callable[[bytes], bytes], words: str) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(damage(weights.read_bytes()))
    with pytest.raises(ModelCannotLoad, match=rf"is damaged \(model\.safetensors: {words}\): fetch the model again"):
        look(folder, {})
