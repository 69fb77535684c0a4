"""Adapters come along with their model: fetched ahead, checked like all else, and never a reason to guess."""

from pathlib import Path
from typing import Any

import pytest

from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.models.fetching import fetch
from tests.loopback_hub import COMMIT, LoopbackHub
from tests.models.fetched import THOROUGH


@pytest.fixture
def formal(hub: LoopbackHub, tmp_path: Path) -> Path:
    """An adapter on the hub, with something that nobody needs."""
    folder = tmp_path / "formal"
    folder.mkdir()
    for name in ("adapter_config.json", "adapter_model.safetensors", "optimizer.pt"):
        (folder / name).write_text("{}")
    hub.models["org/formal"] = folder
    return folder


def _model(published: Path, cache: Path, adapter: str, **kwargs: Any) -> Model:
    return Model(
        name="m",
        hf_model_name=str(published),
        hf_task="generation",
        adapters={"formal": adapter},
        hf_model_kwargs={"cache_dir": str(cache), **kwargs},
    )


def test_they_come_with_the_model(hub: LoopbackHub, published: Path, cache: Path, formal: Path) -> None:
    fetch(_model(published, cache, "org/formal"))
    assert sorted(hub.fetched) == ["org/formal/adapter_config.json", "org/formal/adapter_model.safetensors"]
    hub.asked = 0
    fetch(_model(published, cache, f"org/formal@{COMMIT}", local_files_only=True), THOROUGH)
    assert hub.asked == 0


def test_one_that_is_not_here_is_told_offline(published: Path, cache: Path) -> None:
    with pytest.raises(ModelCannotLoad, match="org/formal at main is not in the cache"):
        fetch(_model(published, cache, "org/formal", local_files_only=True))


def test_damage_is_found_by_a_look_at_every_byte(hub: LoopbackHub, published: Path, cache: Path, formal: Path) -> None:
    fetch(_model(published, cache, "org/formal"))
    [kept] = cache.rglob("snapshots/*/adapter_model.safetensors")
    kept.resolve().write_text("[]")
    with pytest.raises(ModelCannotLoad, match=r"adapter_model\.safetensors has another content than its digest"):
        fetch(_model(published, cache, "org/formal", local_files_only=True), THOROUGH)


def test_a_model_is_no_adapter(hub: LoopbackHub, published: Path, cache: Path) -> None:
    with pytest.raises(ModelCannotLoad, match=r"org/tiny at main has no adapter_model\*\.safetensors"):
        fetch(_model(published, cache, "org/tiny"))
    with pytest.raises(ModelCannotLoad, match=r"the adapter formal has no adapter_config\.json"):
        fetch(_model(published, cache, str(published)))
