"""What is in the cache already: used as it is, found by others, and refused when it is damaged."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import snapshot_download, try_to_load_from_cache

from serve_app.errors import ModelCannotLoad
from tests.loopback_hub import COMMIT, LoopbackHub
from tests.models.fetched import THOROUGH, fetched, same


def test_a_commit_that_is_here_needs_no_word_of_the_hub(hub: LoopbackHub, cache: Path) -> None:
    folder = fetched(cache, COMMIT)
    hub.asked = 0
    assert fetched(cache, COMMIT) == folder
    assert hub.asked == 0


def test_force_download_fetches_what_is_here(hub: LoopbackHub, cache: Path) -> None:
    fetched(cache)
    hub.fetched.clear()
    fetched(cache, force_download=True)
    assert len(hub.fetched) == 4


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _alter(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")


@pytest.mark.parametrize(
    ("name", "damage", "words"),
    [
        (
            "model.safetensors",
            _cut,
            r"model\.safetensors has \d+ bytes instead of \d+: fetch it again with `serve-app do",
        ),
        (
            "tokenizer.json",
            _cut,
            r"tokenizer\.json has \d+ bytes instead of \d+: fetch it again with `serve-app download",
        ),
        (
            "model.safetensors",
            _alter,
            r"model\.safetensors has another content than its digest \w{12}… says: fetch it again",
        ),
        ("config.json", _alter, r"config\.json has another content than its digest \w{12}… says: fetch it again"),
    ],
)
def test_damage_in_the_cache(
    hub: LoopbackHub, published: Path, cache: Path, name: str, damage: Callable[[Path], None], words: str
) -> None:
    folder = fetched(cache)
    damage((folder / name).resolve())
    if damage is _cut:
        with pytest.raises(ModelCannotLoad, match=f"org/tiny is damaged in the cache {cache}: {words}"):
            fetched(cache)
    with pytest.raises(ModelCannotLoad, match=words):
        fetched(cache, care=THOROUGH, local_files_only=True)
    assert not same(folder, published), "looking mends nothing"
    hub.fetched.clear()
    assert same(fetched(cache, care=THOROUGH), published)
    assert hub.fetched == [f"org/tiny/{name}"], "only what was wrong is fetched again"


def test_a_cache_without_links_between_files(
    hub: LoopbackHub, published: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise OSError(errno.EPERM, "this disk knows no links")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    folder = fetched(cache)
    assert same(folder, published)
    assert not any(path.is_symlink() for path in folder.iterdir())
    hub.fetched.clear()
    fetched(cache, care=THOROUGH)
    assert hub.fetched == []
    _alter(folder / "model.safetensors")
    with pytest.raises(ModelCannotLoad, match="has another content"):
        fetched(cache, care=THOROUGH, local_files_only=True)


def test_huggingface_hub_itself_finds_what_was_fetched(hub: LoopbackHub, cache: Path) -> None:
    folder = fetched(cache)
    patterns = ["*.json", "model.safetensors"]
    offline = snapshot_download(
        "org/tiny", cache_dir=cache, local_files_only=True, allow_patterns=patterns, ignore_patterns="onnx/*"
    )
    assert Path(offline) == folder
    assert try_to_load_from_cache("org/tiny", "config.json", cache_dir=cache) == str(folder / "config.json")
    hub.fetched.clear()
    snapshot_download(
        "org/tiny", cache_dir=cache, endpoint=hub.url, allow_patterns=["*.json", "own.py"], ignore_patterns="onnx/*"
    )
    assert hub.fetched == ["org/tiny/own.py"], "and fetches only what nobody needed before"


def test_what_huggingface_hub_fetched_is_found_here(hub: LoopbackHub, published: Path, cache: Path) -> None:
    snapshot_download("org/tiny", cache_dir=cache, endpoint=hub.url)
    hub.fetched.clear()
    assert same(fetched(cache, care=THOROUGH), published)
    assert hub.fetched == []
