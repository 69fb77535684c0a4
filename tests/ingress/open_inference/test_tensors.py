"""How rows are told by shapes: flat and in lists, with and without an axis of their own, and of unequal lengths."""

import json
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from serve_app.config.schema import Model
from serve_app.ingress.dialects.open_inference.elements import in_binary
from tests.ingress.open_inference.asking import framed, infer, outputs_of, tensor
from tests.ingress.service import Service, serving, stub

MODELS: tuple[Model, ...] = (
    stub("moods"),
    stub("words", "token-classification"),
    stub("masked", "fill-mask"),
    stub("vectors", "feature-extraction"),
    stub("close", "sentence-similarity"),
    stub("ranks", "rerank"),
    stub("answers", "question-answering"),
    stub("writer", "text-generation"),
    stub("labels", "zero-shot-classification", hf_generation_kwargs={"candidate_labels": ["a", "b"]}),
)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving(*MODELS) as running:
        yield running


async def rows_of(service: Service, model: str, *inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return outputs_of(await infer(service, model, *inputs, **more))


async def test_a_row_may_have_an_axis_of_its_own(service: Service) -> None:
    flat = await rows_of(service, "moods", tensor("text", ["hello", "you"]))
    assert np.shape(flat["score"]) == (2, 2)
    assert await rows_of(service, "moods", tensor("text", [["hello"], ["you"]])) == flat
    assert await rows_of(service, "moods", tensor("text", ["hello", "you"], shape=[2, 1])) == flat


async def test_lists_in_rows_and_a_single_row_without_its_axis(service: Service) -> None:
    query, texts = "which?", ["one", "two and a half", "three"]
    whole = await rows_of(service, "ranks", tensor("query", [query]), tensor("texts", [texts]))
    assert np.shape(whole["index"]) == (1, 3) and whole["count"] == [3]
    assert await rows_of(service, "ranks", tensor("query", [query]), tensor("texts", texts)) == whole
    assert await rows_of(service, "ranks", tensor("query", [query]), tensor("documents", texts)) == whole
    flat = tensor("texts", [*texts, *texts], shape=[2, 3])
    both = await rows_of(service, "ranks", tensor("query", [query, query]), flat)
    assert both == {name: [*rows, *rows] for name, rows in whole.items()}


async def test_one_tensor_is_a_text_and_two_are_a_pair(service: Service) -> None:
    alone = await rows_of(service, "moods", tensor("text", ["hello"]))
    pair = await rows_of(service, "moods", tensor("text", ["hello"]), tensor("text_pair", ["you"]))
    native = (await service.post("/models/moods", {"text": {"text": "hello", "text_pair": "you"}})).json()
    assert [[round(each["score"], 6) for each in native["response"]["labels"]]] == [
        [pytest.approx(score, abs=1e-6) for score in pair["score"][0]]
    ]
    assert pair["score"] != alone["score"]


async def test_token_ids_are_whole_numbers(service: Service) -> None:
    text = await rows_of(service, "vectors", tensor("text", ["hey"]))
    for datatype in ("INT64", "INT32", "UINT8"):
        ids = tensor("token_ids", [[*b"hey"]], datatype)
        reply = await infer(service, "vectors", ids)
        assert outputs_of(reply)["embedding"] == text["embedding"]


async def test_a_conversation_stands_in_json(service: Service) -> None:
    messages = tensor("messages", [json.dumps([{"role": "user", "content": "hello"}])])
    told = await rows_of(service, "writer", messages, parameters={"max_new_tokens": 40})
    assert told["generated_text"] == ["user: hello\nassistant:"]
    assert json.loads(told["message"][0])["content"] == "user: hello\nassistant:"


async def test_rows_of_unequal_lengths_are_filled_up(service: Service) -> None:
    told = await rows_of(service, "words", tensor("text", ["My name is Sarah", "Hi"]))
    long, short = told["count"]
    assert long > short
    assert np.shape(told["word"]) == np.shape(told["score"]) == (2, long)
    assert told["word"][1][short:] == [""] * (long - short)
    assert told["start"][1][short:] == [-1] * (long - short)
    assert told["score"][1][short:] == [0.0] * (long - short)


async def test_answers_in_lists_of_unequal_depth(service: Service) -> None:
    told = await rows_of(
        service, "masked", tensor("text", ["a [MASK].", "a [MASK] and [MASK]."]), parameters={"top_k": 3}
    )
    assert np.shape(told["token"]) == (2, 2, 3)
    assert told["count"] == [1, 2]
    assert told["token"][0][1] == [-1, -1, -1]
    single = await rows_of(service, "masked", tensor("text", ["a [MASK]."]), parameters={"top_k": 3})
    assert single["token"] == [told["token"][0][0]]


async def test_one_answer_or_a_list_of_them(service: Service) -> None:
    asked = tensor("question", ["Where?"]), tensor("context", ["In Berlin, by the river."])
    assert np.shape((await rows_of(service, "answers", *asked))["start"]) == (1,)
    many = await rows_of(service, "answers", *asked, parameters={"top_k": 2})
    assert np.shape(many["start"]) == (1, 2) and many["count"] == [2]
    one = await rows_of(service, "answers", *asked, outputs=[{"name": "count"}])
    assert one == {"count": [1]}


async def test_vectors_for_each_token(service: Service) -> None:
    told = await rows_of(service, "vectors", tensor("text", ["hello", "hey"]), parameters={"pooling": "none"})
    long, short = told["count"]
    assert np.shape(told["embedding"]) == (2, long, 8)
    assert np.any(told["embedding"][1][short - 1]) and not np.any(told["embedding"][1][short:])


async def test_what_is_asked_for_comes_in_that_order(service: Service) -> None:
    wanted = [{"name": "score"}, {"name": "json"}, {"name": "label"}]
    reply = await infer(service, "moods", tensor("text", ["hello"]), outputs=wanted)
    assert [output["name"] for output in reply.json()["outputs"]] == ["score", "json", "label"]
    assert [*await rows_of(service, "moods", tensor("text", ["hello"]), outputs=[])] == ["label", "score", "count"]
    optional = await rows_of(
        service, "ranks", tensor("query", ["a"]), tensor("texts", ["b"]), outputs=[{"name": "text"}]
    )
    assert optional == {"text": [[""]]}


async def test_some_tensors_in_binary_and_some_in_json(service: Service) -> None:
    raw = in_binary(["Where?", "Größe?"])
    question = {"name": "question", "shape": [2], "datatype": "BYTES", "parameters": {"binary_data_size": len(raw)}}
    context = tensor("context", ["In Berlin, by the river.", "Sehr groß."])
    wanted = [{"name": "answer"}, {"name": "start", "parameters": {"binary_data": True}}]
    body, headers = framed({"inputs": [question, context], "outputs": wanted}, raw)
    reply = await service.client.post("/v2/models/answers/infer", content=body, headers=headers)
    length = int(reply.headers["inference-header-content-length"])
    answer, start = json.loads(reply.content[:length])["outputs"]
    expected = await rows_of(service, "answers", tensor("question", ["Where?", "Größe?"]), context)
    assert answer["data"] == expected["answer"]
    assert (start["parameters"], "data" in start) == ({"binary_data_size": 16}, False)
    assert np.frombuffer(reply.content[length:], "<i8").tolist() == expected["start"]


async def test_parameters_stand_over_those_of_the_config(service: Service) -> None:
    assert (await rows_of(service, "labels", tensor("text", ["x"])))["count"] == [2]
    told = await rows_of(service, "labels", tensor("text", ["x"]), parameters={"candidate_labels": ["c"]})
    assert told["label"] == [["c"]]
