"""The layout of one application for each model: changed, added, removed and failing one by one."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
import yaml

from tests.live.replicas import pids, run_driver
from tests.live.server import Live, application_each, stub

MODELS = [
    stub("kept", endpoint="models/kept/classify"),
    stub("changed", limits={"max_items": 2}),
    stub("removed"),
    stub("broken", engine_options={"load_fails": "no such weights"}),
]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    server = Live(tmp_path_factory.mktemp("application-each"), application_each(MODELS))
    yield server.await_ready()
    server.stop()


def until(true: Callable[[], bool], within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def deploy(live: Live, config: dict[str, Any]) -> None:
    live.file.write_text(yaml.safe_dump(config, sort_keys=False))
    command = [sys.executable, "-m", "serve_app", "deploy", str(live.file)]
    subprocess.run(command, check=True, capture_output=True, text=True)


def test_every_model_answers_under_the_one_ingress(live: Live) -> None:
    names = {line["name"]: line["state"] for line in live.client.get("/models").json()}
    assert names == {"kept": "ready", "changed": "ready", "removed": "ready", "broken": "failed"}
    assert live.post("/models/kept/classify", {"text": "hello"}).status_code == 200
    assert live.post("/models/kept", {"inputs": "hello"}).status_code == 200
    assert live.post("/models/broken", {"inputs": "hello"}).json()["error"].endswith("no such weights")


def test_a_handle_reaches_a_model_in_its_own_application(live: Live) -> None:
    script = """
import ray
from ray import serve
ray.init(address="auto", log_to_driver=False, logging_level="ERROR")
print(serve.get_deployment_handle("kept", "kept").predict.remote("hello").result()[0]["label"])
"""
    done = run_driver(script)
    assert done.returncode == 0, done.stderr
    expected = live.post("/models/kept", {"inputs": "hello"}).json()[0][0]["label"]
    assert done.stdout.splitlines()[-1] == expected


def test_changing_one_adding_one_and_removing_one_leaves_the_rest_running(live: Live) -> None:
    before = pids()
    assert live.post("/models/changed", {"text": ["a", "b", "c"]}).status_code == 400
    models = deepcopy([MODELS[0], MODELS[1], MODELS[3], stub("added")])
    models[1]["limits"]["max_items"] = 3
    models[2]["engine_options"]["load_fails"] = ""
    config = application_each(models) | {"http_options": yaml.safe_load(live.file.read_text())["http_options"]}
    deploy(live, config)

    until(lambda: live.post("/models/added", {"text": "hello"}).status_code == 200)
    until(lambda: live.post("/models/changed", {"text": ["a", "b", "c"]}).status_code == 200)
    until(lambda: live.post("/models/removed", {"text": "hello"}).status_code == 404)
    until(lambda: live.post("/models/broken", {"text": "hello"}).status_code == 200)
    after = pids()
    assert after["kept"] == before["kept"]
    assert after["ingress"] == before["ingress"]
    assert not after.get("removed") or not after["removed"].get("removed")
    assert len(after["added"]["added"]) == 1
    assert live.client.get("/ready?all=1").status_code == 200


def test_the_status_command_brings_rays_token_along(live: Live) -> None:
    bare = os.environ | {"RAY_AUTH_MODE": ""}
    del bare["RAY_AUTH_MODE"]
    done = subprocess.run(
        [sys.executable, "-m", "serve_app", "status"], env=bare, capture_output=True, text=True, check=True
    )
    status = yaml.safe_load(done.stdout)
    assert status["applications"]["kept"]["deployments"]["kept"]["status"] == "HEALTHY"
