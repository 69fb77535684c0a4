"""Embeddings with OpenAI's own client, and their bodies field by field."""

import base64
from collections.abc import AsyncIterator, Iterator
from inspect import signature
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest

from serve_app.config.schema import Limits, Model
from serve_app.ingress.dialects.openai.embedding_request import EmbeddingRequest
from serve_app.tasks import TASKS
from tests import tiny_models
from tests.ingress.listening import listening
from tests.ingress.openai.probing import OF_THE_TRANSPORT, Probed, probe
from tests.ingress.service import Service, serving, stub

PATH = "/v1/embeddings"
VECTORS = stub("vectors", "embeddings", limits=Limits(max_items=4))
TEXTS = ["one", "two words", "größer 🎉"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tiny_models.Folders(tmp_path_factory.mktemp("tiny"))["encoder"]
    small = Model(name="small", hf_model_name=str(folder), hf_task="embeddings", resources={"num_threads": 1})
    with listening(VECTORS, stub("moods"), small) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as made:
        yield made


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving(VECTORS, stub("moods")) as running:
        yield running


def ids_of(url: str) -> list[list[int]]:
    """The tokens of the texts, by the model's own tokenizer."""
    from transformers import AutoTokenizer

    told = httpx.post(f"{url}/models/small", json={"text": TEXTS[0]}).json()
    tokenizer = AutoTokenizer.from_pretrained(told["response"]["model_info"]["model_name"])
    return [tokenizer(text)["input_ids"] for text in TEXTS]


async def native(service: Service, value: Any, **params: Any) -> Any:
    reply = await service.post("/models/vectors", {"text": value, "generation_params": params})
    return reply.json()["response"]["embedding"]


@pytest.mark.parametrize("model", ["small", "vectors"])
def test_the_client_asks_for_base64_and_reads_the_same_numbers(client: openai.OpenAI, model: str) -> None:
    default = client.embeddings.create(model=model, input=TEXTS)
    asked = client.embeddings.create(model=model, input=TEXTS, encoding_format="float")
    assert [each.index for each in default.data] == [0, 1, 2]
    for each, plain in zip(default.data, asked.data, strict=True):
        np.testing.assert_array_equal(np.asarray(each.embedding, "f4"), np.asarray(plain.embedding, "f4"))
    assert (default.object, default.model, default.data[0].object) == ("list", model, "embedding")
    assert len({tuple(each.embedding) for each in default.data}) == 3


def test_it_is_the_model_s_own_vector_and_every_token_counts(client: openai.OpenAI, url: str) -> None:
    told = httpx.post(f"{url}/models/small", json={"text": TEXTS}).json()
    reply = client.embeddings.create(model="small", input=TEXTS)
    for each, expected in zip(reply.data, told["response"]["embedding"], strict=True):
        np.testing.assert_array_equal(np.asarray(each.embedding, "f4"), np.asarray(expected, "f4"))
    read = sum(map(len, ids_of(url)))
    assert (reply.usage.prompt_tokens, reply.usage.total_tokens) == (read, read)


def test_token_ids_stand_for_the_text(client: openai.OpenAI, url: str) -> None:
    ids = ids_of(url)
    expected = client.embeddings.create(model="small", input=TEXTS)
    given = client.embeddings.create(model="small", input=ids)
    for each, other in zip(given.data, expected.data, strict=True):
        np.testing.assert_allclose(each.embedding, other.embedding, atol=1e-6)
    assert given.usage == expected.usage
    [alone] = client.embeddings.create(model="small", input=ids[1]).data
    np.testing.assert_allclose(alone.embedding, expected.data[1].embedding, atol=1e-6)


async def test_by_the_other_client_and_at_the_model_s_own_url(url: str) -> None:
    async with openai.AsyncOpenAI(base_url=f"{url}/models/small/v1", api_key="none", max_retries=0) as client:
        whole = await client.embeddings.create(model="whatever", input="a text")
        short = await client.embeddings.create(model="whatever", input="a text", dimensions=5)
    assert short.data[0].embedding == whole.data[0].embedding[:5] and len(whole.data[0].embedding) == 32


def test_the_client_raises_what_is_wrong(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.embeddings.create(model="small", input="x", dimensions=33)
    assert (raised.value.param, raised.value.type) == ("dimensions", "invalid_request_error")
    assert "the model's vectors have 32 numbers" in raised.value.message
    with pytest.raises(openai.NotFoundError) as missing:
        client.embeddings.create(model="moods", input="x")
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")


async def test_this_server_s_own_parameters(service: Service) -> None:
    for params in ({"normalize": True}, {"pooling": "cls", "dimensions": 3}, {"pooling": "max", "normalize": True}):
        reply = await service.post(PATH, {"model": "vectors", "input": ["ab", "c"], **params})
        assert [each["embedding"] for each in reply.json()["data"]] == await native(service, ["ab", "c"], **params)
    assert reply.json()["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    long = {"model": "vectors", "input": "x" * 5000, "truncate": True}
    assert (await service.post(PATH, long)).json()["usage"]["prompt_tokens"] == 4096
    cut = await service.post(PATH, {**long, "input": [97, *[98] * 5000], "truncation_direction": "left"})
    assert cut.json()["data"][0]["embedding"] == await native(service, "b" * 4096)


async def test_base64_is_of_little_endian_floats(service: Service) -> None:
    reply = await service.post(PATH, {"model": "vectors", "input": "hello", "encoding_format": "base64"})
    raw = base64.b64decode(reply.json()["data"][0]["embedding"], validate=True)
    assert np.frombuffer(raw, "<f4").tolist() == pytest.approx(await native(service, "hello"))


def test_everything_that_the_client_sends_is_known() -> None:
    sent = signature(openai.resources.Embeddings.create).parameters.keys() - OF_THE_TRANSPORT
    assert sent == {"model", "user", "input", "dimensions", "encoding_format"}
    assert sent <= {*EmbeddingRequest.model_fields, *EmbeddingRequest.passed}
    assert (
        EmbeddingRequest.passed.keys() | {"encoding_format"} == TASKS["feature-extraction"].Params.model_fields.keys()
    )


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"input": None}, "input", "`input` is missing"),
    ({"input": 5}, "input", "`input` must be a string or be a list"),
    ({"input": []}, "input", "`input` is an empty list"),
    ({"input": ""}, "input", "`input` must not be empty"),
    ({"input": ["x", " "]}, "input[1]", "`input[1]` must not be blank"),
    ({"input": ["x", 5]}, "input[1]", "`input[1]` must be a string or a list of token ids"),
    ({"input": [1, -1]}, "input[1]", "`input[1]` must be greater than or equal to 0"),
    ({"input": [[1], []]}, "input[1]", "`input[1]` must have at least 1 item"),
    ({"input": [[1], [259]]}, "input[1]", "`input[1]`: the model's token ids go from 0 to 258"),
    ({"input": [1], "prompt_name": "q"}, "prompt_name", "a prompt goes before a text"),
    ({"input": "x", "prompt_name": "q"}, "prompt_name", "the model has no such prompt"),
    ({"encoding_format": "hex"}, "encoding_format", "must be 'float' or 'base64'"),
    ({"dimensions": 0}, "dimensions", "`dimensions` must be greater than or equal to 1"),
    ({"dimensions": 9}, "dimensions", "the model's vectors have 8 numbers"),
    ({"pooling": "none"}, "pooling", "an embedding is one vector"),
    ({"pooling": "middle"}, "pooling", "`pooling` must be"),
    ({"stream": True}, "stream", "`stream` is not a field"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "param", "words"), FAULTS, ids=[str(fault[0])[:60] for fault in FAULTS])
async def test_what_is_wrong_is_named(service: Service, fields: dict[str, Any], param: str, words: str) -> None:
    reply = await service.post(PATH, {"model": "vectors", "input": "x", **fields})
    error = reply.json()["error"]
    assert (reply.status_code, error["param"], error["type"]) == (400, param, "invalid_request_error")
    assert words in error["message"]


async def test_what_does_not_fit(service: Service) -> None:
    codes = {"x" * 5000: "context_length_exceeded", "many": "array_above_max_length"}
    for value, code in codes.items():
        given = ["x"] * 5 if value == "many" else ["x", value]
        reply = await service.post(PATH, {"model": "vectors", "input": given})
        assert reply.status_code == 400 and reply.json()["error"]["code"] == code


async def test_whatever_stands_in_place_of_a_field(service: Service) -> None:
    probed = Probed("/models/vectors/v1/embeddings", EmbeddingRequest, {"input": "x"}, VECTORS)
    assert await probe(service, probed) == []
