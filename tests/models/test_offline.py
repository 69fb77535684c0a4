"""Without a network the cache alone counts: complete it serves, and what it lacks is named."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import ModelCannotLoad
from tests.loopback_faults import Fault
from tests.loopback_hub import COMMIT, LoopbackHub
from tests.models.fetched import THOROUGH, fetched

NOBODY = "http://127.0.0.1:1"


def _offline(cache: Path, offline_by: str, monkeypatch: pytest.MonkeyPatch, revision: str = "main") -> Path:
    if offline_by == "environment":
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    if offline_by == "no hub":
        monkeypatch.setenv("HF_ENDPOINT", NOBODY)
    kwargs: dict[str, Any] = {"local_files_only": True} if offline_by == "entry" else {}
    return fetched(cache, revision, **kwargs)


WAYS = pytest.mark.parametrize("offline_by", ["environment", "entry", "no hub"])


@WAYS
@pytest.mark.parametrize("revision", ["main", COMMIT])
def test_a_complete_cache_is_all_it_takes(
    hub: LoopbackHub, cache: Path, offline_by: str, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fetched(cache, revision)
    hub.asked, hub.fetched = 0, []
    assert _offline(cache, offline_by, monkeypatch, revision) == folder
    assert (hub.asked, hub.fetched) == (0, [])


@WAYS
def test_what_the_cache_lacks_is_named(
    hub: LoopbackHub, cache: Path, offline_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fetched(cache)
    (folder / "model.safetensors").unlink()
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelCannotLoad) as refused:
        _offline(cache, offline_by, monkeypatch)
    assert (
        f"org/tiny at main is only in part in the cache {cache}, without model.safetensors, tokenizer.json, and "
        in str(refused.value)
    )
    assert "fetch it with `serve-app download` where there is a network" in str(refused.value)


@pytest.mark.parametrize("offline_by", ["environment", "entry"])
def test_what_was_never_fetched(cache: Path, offline_by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelCannotLoad, match=r"org/tiny at main is not in the cache \S+ and the hub may not be asked"):
        _offline(cache, offline_by, monkeypatch)


def test_a_snapshot_that_was_broken_off_before_its_weights(
    hub: LoopbackHub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.faults["org/tiny/model.safetensors"] = Fault("missing")
    with pytest.raises(ModelCannotLoad, match="does not have it"):
        fetched(cache)
    with pytest.raises(
        ModelCannotLoad, match=r"only in part in the cache \S+, without model\.safetensors, and the hub may"
    ):
        fetched(cache, COMMIT, local_files_only=True)


def test_a_cache_that_kept_no_list_of_files(hub: LoopbackHub, cache: Path) -> None:
    """As older versions of huggingface_hub leave it."""
    folder = fetched(cache)
    for kept in cache.glob("models--*/trees/*"):
        kept.unlink()
    assert fetched(cache, local_files_only=True) == folder
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelCannotLoad, match=r"only in part in the cache \S+, without model\*\.safetensors, and"):
        fetched(cache, local_files_only=True)


@pytest.mark.parametrize("kind", ["private", "down", "gated"])
def test_a_hub_that_refuses_does_not_take_away_what_is_here(
    hub: LoopbackHub, cache: Path, kind: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serve_app.models.retrying.PAUSES_S", ())
    folder = fetched(cache)
    hub.faults["org/tiny"] = Fault(kind)
    with caplog.at_level(logging.WARNING):
        assert fetched(cache) == folder
    assert f"using org/tiny at {COMMIT} as it is in the cache: " in caplog.text


def test_a_cache_that_cannot_be_written_serves(hub: LoopbackHub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fetched(cache)

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("nothing is written, nothing is locked")

    monkeypatch.setattr("serve_app.models.cache._write", refuse)
    monkeypatch.setattr("serve_app.models.cache.FileLock", refuse)
    assert fetched(cache) == folder
    assert fetched(cache, local_files_only=True) == folder


@pytest.mark.parametrize(("name", "below"), [("HF_HUB_CACHE", ""), ("HF_HOME", "hub")])
def test_the_environment_names_the_cache_and_forbids_the_hub(
    hub: LoopbackHub, cache: Path, name: str, below: str
) -> None:
    folder = fetched(cache / below)
    hub.asked = 0
    code = """from serve_app.config.schema import Model
from serve_app.models.fetching import fetch
print(fetch(Model(name="m", hf_model_name="org/tiny")).folder)"""
    environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "1", name: str(cache)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(folder)
    assert hub.asked == 0


def test_a_new_version_counts_only_when_it_is_complete(hub: LoopbackHub, cache: Path) -> None:
    folder = fetched(cache)
    hub.commit = "f" * 40
    hub.models["org/tiny"] = hub.models["org/newer"]
    hub.faults["org/tiny/model.safetensors"] = Fault("missing")
    with pytest.raises(ModelCannotLoad, match="does not have it"):
        fetched(cache)
    assert fetched(cache, local_files_only=True) == folder
    hub.faults.clear()
    newer = fetched(cache)
    assert newer.name == "f" * 40
    assert fetched(cache, local_files_only=True) == newer
    assert folder.is_dir(), "and what runs from the old one is not disturbed"


def test_nothing_is_thrown_away_when_it_cannot_be_fetched_again(
    hub: LoopbackHub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fetched(cache)
    monkeypatch.setenv("HF_ENDPOINT", NOBODY)
    assert fetched(cache, force_download=True) == folder
    (folder / "config.json").resolve().write_text("{}")
    with pytest.raises(ModelCannotLoad, match="is damaged in the cache"):
        fetched(cache, care=THOROUGH)
    assert (folder / "config.json").read_text() == "{}"
    assert (folder / "model.safetensors").is_file()
