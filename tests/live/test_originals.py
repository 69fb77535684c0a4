"""The original's three Hugging Face entries as they stand, their names answered by a hub on loopback."""

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from serve_app.demo import build
from tests import loopback_hub
from tests.live.server import Live, free_port

ORIGINAL = """
krypton:
  models:
    - name: gpt2-model
      type: huggingface
      description: GPT-2 text generation
      endpoint: models/gpt2/generate
      tags: [text-generation]
      options: {debug: true}
      hf_model_name: gpt2
      hf_task: generation
      hf_model_kwargs: {torch_dtype: auto}
      hf_generation_kwargs: {max_new_tokens: 12, do_sample: false}
      hf_device: cpu
    - name: t5-model
      type: huggingface
      endpoint: models/t5/translate
      hf_model_name: t5-small
      hf_task: seq2seq
      hf_generation_kwargs: {max_length: 16, num_beams: 2}
    - name: phi2-model
      type: huggingface
      endpoint: models/phi2/generate
      hf_model_name: microsoft/phi-2
      hf_task: text-generation
      hf_generation_kwargs: {max_length: 40, do_sample: true, temperature: 0}
    - name: chain
      type: langchain
      endpoint: models/chain
      module_path: ./chain.py
      callable: chain
  server:
    port: %d
    allow_origins: ["*"]
    allow_credentials: true
    debug: true
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("originals")
    repos: dict[str, Path] = {"gpt2": build("gpt2"), "t5-small": build("t5"), "microsoft/phi-2": build("phi2")}
    config: dict[str, Any] = yaml.safe_load(ORIGINAL % free_port())
    with loopback_hub.serve(repos) as hub:
        server = Live(folder, config, env={"HF_ENDPOINT": hub.url, "HF_HOME": str(folder / "hf")})
        yield server.await_ready()
        server.stop()


@pytest.mark.parametrize(
    ("path", "model_name", "task"),
    [
        ("/models/gpt2/generate", "gpt2", "generation"),
        ("/models/t5/translate", "t5-small", "seq2seq"),
        ("/models/phi2/generate", "microsoft/phi-2", "text-generation"),
    ],
)
def test_the_originals_requests_get_the_originals_replies(live: Live, path: str, model_name: str, task: str) -> None:
    body = {"text": "Hello world", "generation_params": {"max_length": 20}}
    reply = live.post(path, body)
    assert reply.status_code == 200, reply.text
    response = reply.json()["response"]
    assert response["model_info"] == {"model_name": model_name, "task": task}
    assert isinstance(response["generated_text"], str)
    if task != "seq2seq":
        assert response["generated_text"].startswith("Hello world")
    assert live.post(path, body).json() == reply.json()


def test_the_models_of_the_hub_are_the_ones_that_answer(live: Live) -> None:
    german = live.post("/models/t5/translate", {"text": "translate English to German: The house is wonderful."}).json()
    assert german["response"]["generated_text"] == "Das Haus ist wunderbar."
    five = live.post("/models/phi2/generate", {"text": "Instruct: What is 2 + 3?\nOutput:"}).json()
    assert five["response"]["generated_text"] == "Instruct: What is 2 + 3?\nOutput: 5"


def test_the_curl_lines_that_it_printed_work(live: Live) -> None:
    lines = [line for line in live.log.read_text().splitlines() if line.startswith("curl ")]
    assert len(lines) == 3
    for line in lines:
        command = [*shlex.split(line), "--silent", "--fail"]
        reply = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        assert reply["response"]["generated_text"]


def test_what_is_no_hugging_face_entry_is_left_out_with_a_warning(live: Live) -> None:
    assert "warning:" in live.log.read_text() and "langchain" in live.log.read_text()
    names = [line["name"] for line in live.client.get("/registry/models").json()]
    assert names == ["gpt2-model", "t5-model", "phi2-model"]
    assert live.client.get("/registry/models").json()[0] == {
        "name": "gpt2-model",
        "description": "GPT-2 text generation",
        "endpoint": "/models/gpt2/generate",
        "tags": ["text-generation"],
    }
    assert live.post("/models/chain", {"text": "hello"}).status_code == 404


def test_a_wildcard_loses_its_credentials(live: Live) -> None:
    reply = live.client.get("/health", headers={"Origin": "http://elsewhere.example"})
    assert reply.json() == {"status": "ok"}
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in reply.headers


def test_the_card_tells_the_commit(live: Live) -> None:
    assert live.state("gpt2-model")["revision"] == loopback_hub.COMMIT
