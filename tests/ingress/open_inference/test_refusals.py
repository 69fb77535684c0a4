"""Whatever is wrong with a request: a 4xx in the protocol's shape that names it, and the next one is answered."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from serve_app.config.schema import Limits
from serve_app.ingress.dialects.open_inference.description import example
from serve_app.ingress.dialects.open_inference.elements import in_binary
from serve_app.ingress.dialects.open_inference.request import Request
from serve_app.tasks import TASKS
from tests.ingress.mutations import LARGE, UNSPEAKABLE, mutations
from tests.ingress.open_inference.asking import framed, infer, outputs_of, refusal, tensor
from tests.ingress.service import Service, serving, stub

TEXT = tensor("text", ["hello"])
REFUSED = frozenset({400, 413})
MODELS = (
    stub("moods"),
    stub("ranks", "rerank"),
    stub("pictures", "image-classification"),
    stub("sounds", "audio-classification"),
    stub("close", "sentence-similarity", limits=Limits(max_input_tokens=10)),
    stub("vectors", "feature-extraction", limits=Limits(max_items=3, max_input_tokens=10)),
)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving(*MODELS) as running:
        yield running


def binary(name: str, size: int, *shape: int, datatype: str = "BYTES") -> dict[str, Any]:
    return {"name": name, "shape": [*shape], "datatype": datatype, "parameters": {"binary_data_size": size}}


WRONG: list[tuple[str, Mapping[str, Any], str]] = [
    ("moods", {}, "`inputs` is missing"),
    ("moods", {"inputs": []}, "`inputs` must have at least 1 item"),
    ("moods", {"inputs": [TEXT], "model": "x"}, "`model` is not a field"),
    ("moods", {"inputs": [TEXT], "id": 5}, "`id` must be a string"),
    ("moods", {"inputs": [{**TEXT, "datatype": "STRING"}]}, '`text` has the datatype "STRING"; there are BOOL'),
    ("moods", {"inputs": [tensor("text", [1.0], "FP32")]}, "`text` must be BYTES, not FP32"),
    ("moods", {"inputs": [{**TEXT, "shape": [2]}]}, "`text` must have data as its shape [2] says"),
    ("moods", {"inputs": [{**TEXT, "shape": [0]}]}, "`text` has the shape [0]"),
    ("moods", {"inputs": [{**TEXT, "shape": [1, 2**31]}]}, "`inputs[0].shape[1]` must be less"),
    ("moods", {"inputs": [{**TEXT, "shape": [2**31 - 1] * 8}]}, "`text` must have data as its shape"),
    ("moods", {"inputs": [tensor("text", [["a"], ["b", "c"]], shape=[2, 1])]}, "`text` must have data as its shape"),
    ("moods", {"inputs": [tensor("text", [["a", "b"]])]}, "`text` has the shape [1, 2], and must have [rows]"),
    ("moods", {"inputs": [tensor("text", [5], shape=[1])]}, "`text` must hold strings"),
    ("moods", {"inputs": [tensor("text", ["a", None], shape=[2])]}, "`text` must hold strings"),
    ("moods", {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES"}]}, "`text` must have either data or"),
    ("moods", {"inputs": [{**TEXT, "parameters": {"size": 1}}]}, "`inputs[0].parameters.size` is not a field"),
    ("moods", {"inputs": [TEXT, TEXT]}, "`text` stands there twice"),
    ("moods", {"inputs": [tensor("texts", ["a"])]}, "`texts` is none of this model's; there are text, text_pair, json"),
    ("moods", {"inputs": [TEXT, tensor("json", ['"a"'])]}, "`json` goes alone, and not with `text`"),
    ("moods", {"inputs": [tensor("json", ["{"])]}, "`json` must hold JSON, and element 0 is none"),
    ("moods", {"inputs": [tensor("json", ["5"])]}, "`json[0]` must be"),
    ("moods", {"inputs": [tensor("text", ["a", " "])]}, "`text[1]` must not be blank"),
    ("moods", {"inputs": [tensor("text_pair", ["a"])]}, "`text[0]` is missing"),
    (
        "ranks",
        {"inputs": [tensor("query", ["a"] * 2), tensor("texts", ["b"])]},
        "`texts` has 1 rows, and `query` has 2",
    ),
    ("ranks", {"inputs": [tensor("query", ["a"]), tensor("texts", ["b", " "])]}, "`texts[0][1]` must not be blank"),
    ("ranks", {"inputs": [tensor("query", ["a"]), tensor("texts", [[["b"]]])]}, "must have [rows, each row's own]"),
    ("moods", {"inputs": [TEXT], "outputs": [{"name": "logits"}]}, "`logits` is none of this model's; there are label"),
    ("moods", {"inputs": [TEXT], "outputs": [{"name": "label"}] * 2}, "`label` is asked for twice"),
    (
        "moods",
        {"inputs": [TEXT], "outputs": [{"name": "label", "parameters": {"classification": 1}}]},
        "classification",
    ),
    ("moods", {"inputs": [TEXT], "parameters": {"top_k": 0}}, "`parameters.top_k` must be"),
    ("moods", {"inputs": [TEXT], "parameters": {"unknown": 1}}, "`parameters.unknown` is not a parameter"),
    ("moods", {"inputs": [TEXT], "parameters": [1]}, "`parameters` must be an object"),
    ("moods", {"inputs": [TEXT], "parameters": {"binary_data_output": 1}}, "`parameters.binary_data_output` must be"),
    ("moods", {"inputs": [TEXT], "parameters": {"sampling_rate": 8000}}, "`parameters.sampling_rate` is for a sound"),
    ("sounds", {"inputs": [tensor("sound", [0.5], "FP32")], "parameters": {"sampling_rate": 1}}, "sampling_rate` must"),
    ("sounds", {"inputs": [tensor("sound", [1e300], "FP32")]}, "`sound` holds a number that is not finite in FP32"),
    ("sounds", {"inputs": [tensor("sound", [0.5], "FP64")]}, "`sound` must be BYTES or FP32, not FP64"),
    ("sounds", {"inputs": [tensor("sound", ["?"])]}, "`sound[0]`"),
    ("pictures", {"inputs": [tensor("image", [[[1, 2]]], "UINT8")]}, "`image` must have 1, 3, 4 channels"),
    ("pictures", {"inputs": [tensor("image", [1, 2], "UINT8")]}, "must have [rows, height, width, channels]"),
    ("pictures", {"inputs": [tensor("image", [[[256, 2, 3]]], "UINT8")]}, "`image` holds a number that UINT8"),
    ("pictures", {"inputs": [tensor("image", [[[True, 2, 3]]], "UINT8")]}, "`image` must hold nothing but int"),
    ("pictures", {"inputs": [tensor("image", [[[0.5, 2, 3]]], "UINT8")]}, "`image` must hold nothing but int"),
    ("pictures", {"inputs": [tensor("image", ["aGVsbG8="])]}, "row 0: "),
    ("vectors", {"inputs": [tensor("text", ["a"] * 4)]}, "this model takes 3 in one request"),
    ("vectors", {"inputs": [tensor("text", ["a", "a" * 40])]}, "row 1: "),
    ("vectors", {"inputs": [TEXT], "parameters": {"dimensions": 9}}, "`parameters.dimensions`: the model's vectors"),
    (
        "close",
        {"inputs": [tensor("source_sentence", ["a"]), tensor("sentences", ["b", "b" * 40])]},
        "`sentences[0][1]`: ",
    ),
]


@pytest.mark.parametrize(("model", "body", "words"), WRONG, ids=[words for _, _, words in WRONG])
async def test_what_is_wrong_is_named(service: Service, model: str, body: Mapping[str, Any], words: str) -> None:
    status, told = refusal(await service.post(f"/v2/models/{model}/infer", body))
    assert status == 400
    assert words in told, told


RAW = in_binary(["hello"])
FRAMES: list[tuple[Mapping[str, Any], bytes, str]] = [
    ({"inputs": [binary("text", 99, 1)]}, RAW, "`text` has a binary_data_size beyond the body's end"),
    ({"inputs": [binary("text", len(RAW), 1)]}, RAW + b"x", "1 bytes behind the JSON belong to no tensor"),
    ({"inputs": [binary("text", len(RAW), 2)]}, RAW, "`text` must hold 2 elements in binary"),
    ({"inputs": [binary("text", len(RAW) - 1, 1)]}, RAW[:-1], "`text` must hold 1 elements in binary"),
    ({"inputs": [binary("text", 6, 1)]}, in_binary([b"\xff\xfe"]), "`text` must hold text in UTF-8"),
    ({"inputs": [binary("text", 3, 1, datatype="FP32")]}, b"abc", "`text` must hold 1 numbers of FP32 in binary"),
    ({"inputs": [{**binary("text", len(RAW), 1), "data": ["hello"]}]}, RAW, "`text` must have either data or"),
    ({"inputs": [TEXT]}, RAW, "9 bytes behind the JSON belong to no tensor"),
]


@pytest.mark.parametrize(("head", "tail", "words"), FRAMES, ids=[words for _, _, words in FRAMES])
async def test_what_is_wrong_in_binary(service: Service, head: Mapping[str, Any], tail: bytes, words: str) -> None:
    body, headers = framed(head, tail)
    status, told = refusal(await service.client.post("/v2/models/moods/infer", content=body, headers=headers))
    assert status == 400
    assert words in told, told


@pytest.mark.parametrize("length", ["-1", "x", "", "999", "9" * 30, "1.5"])
async def test_a_length_that_is_none(service: Service, length: str) -> None:
    headers = {"Inference-Header-Content-Length": length}
    body = json.dumps({"inputs": [TEXT]})
    status, told = refusal(await service.client.post("/v2/models/moods/infer", content=body, headers=headers))
    assert (status, told.startswith("Inference-Header-Content-Length must be")) == (400, True)


async def test_what_is_no_json(service: Service) -> None:
    for raw, kind, status in (
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"inputs": NaN}', "application/json", 400),
        (b"x", "text/plain", 415),
    ):
        reply = await service.raw("/v2/models/moods/infer", raw, kind)
        assert refusal(reply)[0] == status


async def test_faults_of_the_model_and_of_the_header(service: Service) -> None:
    assert refusal(await infer(service, "moods", tensor("text", ["fine", "[fail]"])))[0] == 500
    asked = {"inputs": [TEXT]}
    status, told = refusal(await service.post("/v2/models/moods/infer", asked, **{"X-Priority": "99"}))
    assert (status, "X-Priority" in told) == (400, True)
    assert service.meters.sum_of("serve_app_requests_total", "moods", "open_inference") == 2
    assert (await service.post("/v2/models/moods/infer", asked, **{"X-Priority": "5"})).status_code == 200


@pytest.mark.parametrize("name", TASKS)
async def test_whatever_stands_in_place_of_any_field(name: str) -> None:
    good = example(TASKS[name])
    async with serving(stub("m", name)) as service:
        expected = outputs_of(await service.post("/v2/models/m/infer", good))
        for mutation in mutations(Request, {**good, "id": "x", "outputs": [{"name": "json"}]}):
            if mutation.what in LARGE and len(mutation.path) > 1:
                continue
            reply = await service.raw("/v2/models/m/infer", mutation.json.encode())
            allowed = {*REFUSED, 200} - ({200} if mutation.outside or mutation.what in UNSPEAKABLE else set())
            assert reply.status_code in allowed, (mutation.field, mutation.what, reply.text[:300])
            if reply.status_code != 200:
                refusal(reply)
        assert outputs_of(await service.post("/v2/models/m/infer", good)) == expected
