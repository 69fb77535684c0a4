"""The shipped config by a bare `serve run`: every demo model answers with sense, and the official client reads it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import yaml
from huggingface_hub import InferenceClient

from tests.live.server import free_port

SHIPPED = Path(__file__).parent.parent.parent / "serve_config.yaml"
# `serve run`, which hears SIGINT also where a shell put these tests in its background.
SERVE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); import ray.serve.scripts as s; s.cli()"
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("shipped")
    config = yaml.safe_load(SHIPPED.read_text())
    config["http_options"]["port"] = port = free_port()
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-c", SERVE, "run", str(folder / "config.yaml")]
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        await_ready(url, server, folder / "log")
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


def await_ready(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 180
    while True:
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()
        try:
            if httpx.get(f"{url}/ready?all=1", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)


def native(url: str, path: str, text: object, **params: object) -> object:
    reply = httpx.post(f"{url}{path}", json={"text": text, "generation_params": params}, timeout=30)
    assert reply.status_code == 200, reply.text
    return reply.json()["response"]


def test_the_originals_endpoints_answer_with_sense(url: str) -> None:
    assert native(url, "/models/gpt2/generate", "The capital of France is", max_new_tokens=3) == {
        "generated_text": "The capital of France is Paris.",
        "model_info": {"model_name": "demo/gpt2", "task": "generation"},
    }
    houses = [
        "translate English to German: The house is wonderful.",
        "translate English to German: The house is small.",
    ]
    assert native(url, "/models/t5/translate", houses) == {
        "generated_text": ["Das Haus ist wunderbar.", "Das Haus ist klein."],
        "model_info": {"model_name": "demo/t5", "task": "seq2seq"},
    }
    sum_of_two = native(url, "/models/phi2/generate", "Instruct: What is 2 + 3?\nOutput:")
    assert isinstance(sum_of_two, dict)
    assert sum_of_two["generated_text"] == "Instruct: What is 2 + 3?\nOutput: 5"


def test_the_official_client_gets_values_that_it_understands(url: str) -> None:
    liked, disliked = (
        InferenceClient(f"{url}/models/sentiment").text_classification(text)[0].label
        for text in ("I love this movie!", "I hate this movie!")
    )
    assert (liked, disliked) == ("POSITIVE", "NEGATIVE")

    embed = InferenceClient(f"{url}/models/embeddings").feature_extraction
    cat, same, other = (embed(text) for text in ("The cat sleeps.", "The cat is sleeping.", "The train was late."))
    assert cat.shape == (64,) and cat.dtype == np.float32
    assert float(np.linalg.norm(cat)) == pytest.approx(1, abs=1e-5)
    assert float(cat @ same) > float(cat @ other)

    text = InferenceClient(f"{url}/models/gpt2/generate").text_generation("Count: 3, 4, 5,", max_new_tokens=4)
    assert text.startswith("Count: 3, 4, 5, 6")


def test_ready_models_have_a_card(url: str) -> None:
    card = httpx.get(f"{url}/models/sentiment").json()
    assert (card["state"], card["task"], card["engine"]) == ("ready", "text-classification", "torch")
    assert (card["dtype"], card["device"]) == ("float32", "cpu")
    assert card["limits"]["max_input_tokens"] == 128


def test_rays_own_status_command_works_with_its_token(url: str) -> None:
    command = [sys.executable, "-m", "ray.serve.scripts", "status"]
    env = os.environ | {"RAY_AUTH_MODE": "token"}
    status = yaml.safe_load(subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout)
    deployments = status["applications"]["serve-app"]["deployments"]
    assert {name: each["status"] for name, each in deployments.items()} == dict.fromkeys(
        (
            "ingress",
            *(model["name"] for model in yaml.safe_load(SHIPPED.read_text())["applications"][0]["args"]["models"]),
        ),
        "HEALTHY",
    )
