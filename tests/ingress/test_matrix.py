"""The support matrix against tiny models: every client says what the model says when it is asked natively."""

from collections.abc import Iterator
from typing import Any

import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient

from serve_app.config.schema import Model
from serve_app.tasks import TASKS
from tests import tiny_models
from tests.ingress.listening import listening
from tests.matrix import MATRIX
from tests.matrix.asking import as_native, by_async_python, by_javascript, by_plain_post, by_python, natively
from tests.matrix.base import Line
from tests.matrix.comparing import near
from tests.matrix.published import faults_in_reply, schema_of

SERVED = [line for line in MATRIX if line.task in TASKS]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folders = tiny_models.Folders(tmp_path_factory.mktemp("tiny"))
    models = {
        line.name: Model(
            name=line.name,
            hf_model_name=str(folders[line.tiny]),
            hf_task=line.task,
            resources={"num_threads": 1},
            **line.entry,
        )
        for line in SERVED
    }
    with listening(*models.values()) as address:
        yield address


@pytest.fixture(scope="module")
def heard_by_javascript(url: str) -> dict[str, Any]:
    lines = [line for line in SERVED if line.javascript]
    return dict(zip(map(str, lines), by_javascript(url, lines), strict=True))


@pytest.mark.parametrize("line", SERVED, ids=str)
def test_every_client_hears_the_same(line: Line, url: str, heard_by_javascript: dict[str, Any]) -> None:
    expected = natively(url, line)
    assert expected not in ([], "", {}), "an answer that says nothing shows nothing"
    if line.python:
        assert near(by_python(url, line, line.python), line.python.told(expected))
        assert near(by_async_python(url, line, line.python), line.python.told(expected))
    if line.javascript:
        heard = heard_by_javascript[str(line)]
        assert near(heard, line.javascript.told(expected)), heard
    if not line.python and not line.javascript:
        assert near(as_native(line, by_plain_post(url, line)), expected)


@pytest.mark.parametrize("line", [line for line in SERVED if schema_of(line.task, "output")], ids=str)
def test_the_reply_of_a_real_model_is_as_published(line: Line, url: str) -> None:
    if isinstance(line.input, dict) and "messages" in line.input:
        pytest.skip("what is published is of prompts")
    reply = by_plain_post(url, line)
    assert isinstance(reply, bytes) or faults_in_reply(line.task, reply) == []


@pytest.mark.parametrize("name", dict.fromkeys(line.name for line in SERVED))
async def test_the_pages_of_every_model(name: str, url: str) -> None:
    address = f"{url}/models/{name}"
    async with AsyncInferenceClient(address, provider="hf-inference") as client:
        for told in (
            InferenceClient(address, provider="hf-inference").get_endpoint_info(),
            await client.get_endpoint_info(),
        ):
            assert told["model_pipeline_tag"] == name.partition("-by-")[0]
        assert InferenceClient(address, provider="hf-inference").health_check() and await client.health_check()
