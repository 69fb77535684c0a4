"""The curl line of a model works as it stands, whatever its name holds."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from serve_app.cli.curl import curl_line
from serve_app.config.schema import Model
from serve_app.demo.table import TABLE
from serve_app.tasks import TASKS


@pytest.mark.parametrize(
    ("name", "path"),
    [("plain", "models/plain"), ("a & b's", "models/a%20%26%20b%27s"), ("grün", "models/gr%C3%BCn")],
)
def test_a_shell_reads_it_as_it_is_meant(name: str, path: str) -> None:
    model = Model(name=name, hf_model_name="org/model", hf_task="text-generation")
    command, url, _, kind, _, body = shlex.split(curl_line("http://127.0.0.1:8000", model))
    assert (command, url, kind) == ("curl", f"http://127.0.0.1:8000/{path}", "Content-Type: application/json")
    assert json.loads(body) == {"text": "Once upon a time", "generation_params": {"max_new_tokens": 16}}


@pytest.mark.parametrize(
    ("demo", "task", "sent"),
    [
        ("bert-embed", "feature-extraction", TABLE["bert-embed"].example),
        ("bert-embed", "sentence-similarity", TASKS["sentence-similarity"].example()[0]),
        ("bert-rerank", "rerank", TABLE["bert-rerank"].example),
        ("bert-rerank", "text-classification", TASKS["text-classification"].example()[0]),
    ],
)
def test_a_demo_model_gets_its_own_example_where_the_task_takes_it(demo: str, task: str, sent: object) -> None:
    model = Model(name="plain", hf_model_name=f"demo/{demo}", hf_task=task)
    *_, body = shlex.split(curl_line("http://127.0.0.1:8000", model))
    assert json.loads(body) == {"text": sent}


def test_a_usual_name_needs_no_quotes() -> None:
    model = Model(name="plain", hf_model_name="org/model", endpoint="models/plain/generate")
    assert curl_line("http://127.0.0.1:8000", model).startswith("curl http://127.0.0.1:8000/models/plain/generate -H ")


@pytest.mark.parametrize("folder", [Path(sys.executable).parent.parent.parent, Path("/")], ids=["beside", "elsewhere"])
@pytest.mark.parametrize("known", [True, False], ids=["on-the-path", "not-on-the-path"])
def test_a_file_is_written_by_whatever_this_program_is_called_here(
    folder: Path, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = [str(Path(sys.executable).parent)] if known else []
    monkeypatch.setenv("PATH", os.pathsep.join([*path, "/usr/bin", "/bin"]))
    monkeypatch.chdir(folder)
    model = Model(name="plain", hf_model_name="demo/resnet", hf_task="image-classification")
    example, curl = curl_line("http://127.0.0.1:8000", model).split(" | ")
    assert (shutil.which("serve-app") is not None) == known == example.startswith("serve-app ")
    assert subprocess.run(example, shell=True, check=True, capture_output=True).stdout.startswith(b"\x89PNG")
    assert curl == "curl http://127.0.0.1:8000/models/plain --data-binary @-"
