"""`serve-app example` writes what can be sent as it is."""

import base64
import json

from click.testing import CliRunner

from serve_app.cli.curl import curl_line
from serve_app.cli.example import example
from serve_app.config.schema import Model
from serve_app.tasks.media.examples import IMAGE


def test_an_image_comes_as_a_file() -> None:
    ran = CliRunner().invoke(example, ["org/model", "image-classification"])
    assert ran.exit_code == 0, ran.exception
    assert ran.stdout_bytes == base64.b64decode(IMAGE)
    assert ran.stdout_bytes.startswith(b"\x89PNG")


def test_a_text_comes_as_json() -> None:
    ran = CliRunner().invoke(example, ["demo/bert-sentiment", "text-classification"])
    assert json.loads(ran.stdout) == {"inputs": "I love this movie!"}


def test_a_task_that_there_is_not() -> None:
    ran = CliRunner().invoke(example, ["org/model", "guessing"])
    assert ran.exit_code == 2
    assert "there is no task guessing" in ran.output


def test_the_curl_line_of_a_model_that_takes_files() -> None:
    model = Model(name="seer", hf_model_name="org/model", hf_task="image-classification")
    assert curl_line("http://127.0.0.1:8000", model).endswith(
        "serve-app example org/model image-classification | curl http://127.0.0.1:8000/models/seer --data-binary @-"
    )
