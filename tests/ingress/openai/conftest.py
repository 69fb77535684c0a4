"""A live server for OpenAI's client: a stub that says its prompt again, and a small real model that chats."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from serve_app.config.schema import Limits, Model
from tests import tiny_models
from tests.ingress.listening import listening
from tests.ingress.service import stub

ECHO = stub("echo", "generation", hf_generation_kwargs={"max_new_tokens": 400})
SPARE = stub("spare", "generation", endpoint="base/v1", limits=Limits(max_items=2))
MOODS = stub("moods")


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tiny_models.Folders(tmp_path_factory.mktemp("tiny"))["chat"]
    small = Model(name="small", hf_model_name=str(folder), hf_task="generation", resources={"num_threads": 1})
    with listening(ECHO, SPARE, MOODS, small) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as made:
        yield made


def told(text: str) -> list[Any]:
    """A conversation of one message."""
    return [{"role": "user", "content": text}]


def said(text: str) -> str:
    """What the stub says to it: the prompt again."""
    return f"user: {text}\nassistant:"
