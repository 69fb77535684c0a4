"""Three models on a hub of the tests' own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import loopback_hub, tiny_models
from tests.loopback_hub import LoopbackHub

MODELS = ("first", "second", "third")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.bert(tmp_path_factory.mktemp("published"))


@pytest.fixture
def hub(published: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    monkeypatch.setattr("serve_app.models.retrying.PAUSES_S", (0.0,))
    with loopback_hub.serve({f"org/{name}": published for name in MODELS}) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running
