"""Adapters behind a live server: each by its name, also with all of them asked for at once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from tests import tiny_models
from tests.engines.test_adapters import PROMPT, make_adapter, written_by_peft
from tests.live.server import Live, one_graph

TOKENS = 12
END = 256


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.Folders(tmp_path_factory.mktemp("tiny"))["llama"]


@pytest.fixture(scope="module")
def adapters(base: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("adapters")
    return {name: str(make_adapter(base, root / name, seed)) for seed, name in enumerate(("a", "b"), 1)}


@pytest.fixture(scope="module")
def expected(base: Path, adapters: dict[str, str]) -> dict[str, list[int]]:
    """What peft writes without a server."""
    return {name: written_by_peft(base, adapters.get(name), PROMPT, TOKENS) for name in ("", *adapters)}


@pytest.fixture(scope="module")
def live(base: Path, adapters: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    entry = {"name": "base", "hf_model_name": str(base), "hf_task": "text-generation", "adapters": adapters}
    server = Live(tmp_path_factory.mktemp("server"), one_graph([entry]))
    yield server.await_ready()
    server.client.close()
    server.stop()


def body(adapter: str) -> dict[str, Any]:
    chosen = {"adapter_id": adapter} if adapter else {}
    return {
        "inputs": {"token_ids": PROMPT},
        "parameters": {"max_new_tokens": TOKENS, "details": True, "return_full_text": False, **chosen},
    }


def ids_of(reply: httpx.Response) -> list[int]:
    assert reply.status_code == 200, reply.text
    return [token["id"] for token in reply.json()[0]["details"]["tokens"]]


def test_the_same_long_prompt_under_one_after_the_other(live: Live, expected: dict[str, list[int]]) -> None:
    assert live.state("base")["writes"] == "continuous"
    assert len({tuple(ids) for ids in expected.values()}) == 3
    for name in ("a", "b", "", "b", "a"):
        assert ids_of(live.client.post("/models/base", json=body(name))) == expected[name], name


async def test_all_at_once_each_gets_its_own(live: Live, expected: dict[str, list[int]]) -> None:
    names = [*expected] * 8
    async with httpx.AsyncClient(base_url=live.url, timeout=60) as client:
        replies = await asyncio.gather(*(client.post("/models/base", json=body(name)) for name in names))
    assert [ids_of(reply) for reply in replies] == [expected[name] for name in names]


def test_openai_s_client_finds_and_uses_them_by_their_names(live: Live, expected: dict[str, list[int]]) -> None:
    client = openai.OpenAI(base_url=f"{live.url}/v1", api_key="none")
    assert [model.id for model in client.models.list()] == ["base", "base:a", "base:b"]
    assert client.models.retrieve("base:a").id == "base:a"
    for name, ids in expected.items():
        model = f"base:{name}" if name else "base"
        reply = client.completions.create(model=model, prompt=PROMPT, max_tokens=TOKENS)
        whole = live.client.post("/models/base", json=body(name)).json()[0]["generated_text"]
        assert (reply.model, reply.choices[0].text) == (model, whole)
        assert reply.choices[0].finish_reason == ("stop" if ids[-1] == END else "length")
        assert reply.usage is not None and reply.usage.completion_tokens == len(ids)
    with pytest.raises(openai.NotFoundError) as missing:
        client.completions.create(model="base:c", prompt=PROMPT)
    assert missing.value.code == "model_not_found"
