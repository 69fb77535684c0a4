"""A plain `serve run` of one graph, without the fast profile, and fractions of a GPU that Ray is told of."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.server import Live, free_port, one_graph, stub


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    models = [stub("plain"), stub("words", "text-generation", engine_options={"step_s": 0.001})]
    server = Live(tmp_path_factory.mktemp("plain"), one_graph(models), "--plain")
    yield server.await_ready()
    server.stop()


def test_the_plain_profile_answers_and_refuses_alike(live: Live) -> None:
    assert live.post("/models/plain", {"text": "hello"}).status_code == 200
    assert live.post("/models/words", {"inputs": "ab", "parameters": {"max_new_tokens": 3}}).status_code == 200
    assert live.post("/models/plain", {"text": ""}).status_code == 400
    assert live.post("/models/plain", {"inputs": ""}).status_code == 422
    assert live.client.get("/models/nothing").status_code == 404
    assert live.client.get("/models/plain/").status_code == 200


FRACTIONS = """
import json, os
import ray
from ray import serve
from serve_app.app import build

ray.init(num_cpus=4, num_gpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
models = [
    {"name": f"quarter-{n}", "hf_model_name": "stub", "hf_task": "text-classification", "engine": "stub",
     "hf_device": "cuda", "resources": {"num_gpus": 0.25}}
    for n in range(4)
] + [{"name": "cpu", "hf_model_name": "stub", "hf_task": "text-classification", "engine": "stub"}]
serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["PORT"])})
serve.run(build({"models": models}), name="fractions", route_prefix="/")
free = ray.available_resources().get("GPU", 0)

handles = [serve.get_deployment_handle(model["name"], "fractions") for model in models]
labels = [handle.predict.remote("hello").result()[0]["label"] for handle in handles]
devices = [handle.card.remote().result()["visible_gpus"] for handle in handles]
print("FOUND" + json.dumps({"free": free, "labels": labels, "devices": devices}))
serve.shutdown()
"""


def test_four_quarters_share_one_gpu_and_cpu_models_see_none(tmp_path: Path) -> None:
    env: dict[str, Any] = os.environ | {"PORT": str(free_port()), "RAY_AUTH_MODE": "disabled"}
    done = subprocess.run(
        [sys.executable, "-c", FRACTIONS], capture_output=True, text=True, timeout=120, env=env, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND")]
    assert lines, done.stderr
    found = json.loads(lines[0].removeprefix("FOUND"))
    assert found["free"] == 0
    assert len(set(found["labels"])) == 1
    assert found["devices"] == ["0", "0", "0", "0", ""]
