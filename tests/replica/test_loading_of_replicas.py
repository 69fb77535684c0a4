"""A replica's constructor at the gate: it downloads before its turn and loads when it has come."""

import asyncio
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import ray

from serve_app.config.schema import Model
from serve_app.replica import loading
from serve_app.replica.deployment import ModelDeployment
from serve_app.replica.loading import LIMIT, LoadGate
from tests import loopback_hub
from tests.tiny_models import bert


def places(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.place"))


@pytest.fixture
def replica(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Not an instance: Serve awaits what a deployment does when it goes, and nobody would here."""
    monkeypatch.setenv(LIMIT, "1")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    node = SimpleNamespace(get_node_id=lambda: "node")
    monkeypatch.setattr(ray, "get_runtime_context", lambda: node)
    return SimpleNamespace(_export=lambda: asyncio.sleep(0))


async def test_a_replica_waits_for_its_turn(replica: Any, tmp_path: Path) -> None:
    model = Model(name="m", hf_model_name="stub", hf_task="text-classification", engine="stub")
    async with LoadGate().passed("another"):
        starting = asyncio.create_task(ModelDeployment.__init__(replica, model))
        await asyncio.sleep(3 * loading.LOOK_EVERY_S)
        assert not hasattr(replica, "_executor")
    await asyncio.wait_for(starting, 10)
    await replica._exporting
    replica._executor.close(5)
    assert places(tmp_path) == []


async def test_it_downloads_before_its_turn(replica: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, cache = bert(tmp_path / "bert"), tmp_path / "cache"
    with loopback_hub.serve({"org/bert": folder}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        model = Model(
            name="m",
            hf_model_name="org/bert",
            hf_task="text-classification",
            hf_model_kwargs={"cache_dir": str(cache)},
            resources={"num_threads": 1},
        )
        async with LoadGate().passed("another"):
            starting = asyncio.create_task(ModelDeployment.__init__(replica, model))
            async with asyncio.timeout(20):
                while not places(tmp_path)[1:]:
                    await asyncio.sleep(0.02)
            fetched = list(hub.fetched)
            assert any(name.endswith("model.safetensors") for name in fetched)
        await asyncio.wait_for(starting, 60)
        assert hub.fetched == fetched, "once is enough"
    await replica._exporting
    replica._executor.close(5)
