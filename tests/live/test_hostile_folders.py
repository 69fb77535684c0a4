"""Model folders that mean harm or are broken: refused with the reason, nothing run or written, the others served."""

import json
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import tiny_models
from tests.live.server import Live, one_graph

CODE = 'from pathlib import Path\nPath({canary!r}).write_text("remote code ran")\nclass Sly: pass\n'


class WritesAFile:
    """What a pickle may hold: opening it writes the canary."""

    def __init__(self, canary: Path) -> None:
        self._canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self._canary, "the pickle was opened")


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("canary") / "canary"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, canary: Path) -> Iterator[Live]:
    root = tmp_path_factory.mktemp("models")
    good = tiny_models.bert(root / "good")
    names = ("pickled", "coded", "truncated", "mute")
    folders = {name: shutil.copytree(good, root / name) for name in names}
    (folders["pickled"] / "model.safetensors").unlink()
    (folders["pickled"] / "pytorch_model.bin").write_bytes(pickle.dumps(WritesAFile(canary)))
    config = json.loads((good / "config.json").read_text())
    told = {**config, "model_type": "sly", "auto_map": {"AutoConfig": "sly.Sly", "AutoModel": "sly.Sly"}}
    (folders["coded"] / "config.json").write_text(json.dumps(told))
    (folders["coded"] / "sly.py").write_text(CODE.format(canary=str(canary)))
    weights = folders["truncated"] / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    for file in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        (folders["mute"] / file).unlink(missing_ok=True)
    entries = [
        {
            "name": name,
            "hf_model_name": str(folder),
            "hf_task": "text-classification",
            "resources": {"num_cpus": 0.2, "num_threads": 1},
        }
        for name, folder in {"good": good, **folders}.items()
    ]
    server = Live(tmp_path_factory.mktemp("hostile"), one_graph(entries))
    yield server.await_ready()
    server.client.close()
    server.stop()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("pickled", "can run code"),
        ("coded", "code of its own"),
        ("truncated", "fetch the model again"),
        ("mute", "no tokenizer"),
    ],
)
def test_refused_with_the_reason(live: Live, canary: Path, name: str, reason: str) -> None:
    state = live.state(name)
    assert state["state"] == "failed"
    assert reason in state["reason"]
    reply = live.post(f"/models/{name}", {"inputs": "hello"})
    assert (reply.status_code, reply.json()["error_type"]) == (503, "not_ready")
    assert reason in reply.json()["error"]
    assert not canary.exists()


def test_the_others_are_served(live: Live, canary: Path) -> None:
    reply = live.post("/models/good", {"inputs": "a good day"})
    assert reply.status_code == 200
    assert {each["label"] for each in reply.json()[0]} == {"NEGATIVE", "POSITIVE", "MIXED"}
    assert not canary.exists()
