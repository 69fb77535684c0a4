"""Both dialects on every task: the shapes of replies, one input and many."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from serve_app.tasks import TASKS
from serve_app.tasks.media.output import Base64Blob
from tests.ingress.reading import spoken
from tests.ingress.service import Service, serving, stub

MOOD = [
    {"label": "POSITIVE", "score": pytest.approx(0.76923561)},
    {"label": "NEGATIVE", "score": pytest.approx(0.23076440)},
]
OTHER_MOOD = [
    {"label": "POSITIVE", "score": pytest.approx(0.79001236)},
    {"label": "NEGATIVE", "score": pytest.approx(0.20998761)},
]
VECTOR = pytest.approx([0.1536, -0.4056, 0.0966, 0.197, -0.151, 0.463, -0.2164, -0.843])

NATIVE: list[tuple[str, str, str, str, Any, Any]] = [
    ("sentiment", "/models/sentiment", "text-classification", "labels", MOOD, OTHER_MOOD),
    ("vectors", "/models/vectors", "embeddings", "embedding", VECTOR, None),
    ("writer", "/models/writer/generate", "generation", "generated_text", "hellohello", "youyou"),
    ("translator", "/translate", "seq2seq", "generated_text", "hello", "you"),
]


@pytest.mark.parametrize("name", TASKS)
async def test_each_task_one_input_and_many_in_both_dialects(name: str) -> None:
    task = TASKS[name]
    value, params = task.example()

    async def answers(given: Any) -> tuple[Any, Any]:
        native = await service.post("/models/m", {"text": given, "generation_params": params})
        other = await service.post("/models/m", {"inputs": given, "parameters": params})
        return native.json()["response"][task.answer], spoken(other)

    async with serving(stub("m", name)) as service:
        (one, alone), (many, together) = await answers(value), await answers([value, value])
    output = together[0]
    if task.Output is not Base64Blob:
        TypeAdapter(task.Output).validate_python(output)
    assert together == [output, output]
    assert alone == ([output] if task.listed else output)
    assert one == (output[task.answer] if isinstance(output, dict) and output.keys() == {task.answer} else output)
    assert many == [one, one]


@pytest.mark.parametrize(("name", "path", "task", "answer", "one", "two"), NATIVE)
async def test_native(service: Service, name: str, path: str, task: str, answer: str, one: Any, two: Any) -> None:
    info = {"model_name": f"stub/{name}", "task": task}
    reply = await service.post(path, {"text": "hello"})
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.json() == {"response": {answer: one, "model_info": info}}
    listed = await service.post(path, {"text": ["hello"]})
    assert listed.json() == {"response": {answer: [one], "model_info": info}}
    many = (await service.post(path, {"text": ["hello", "you"], "generation_params": {}})).json()["response"][answer]
    assert len(many) == 2 and many[0] == one
    assert two is None or many[1] == two


@pytest.mark.parametrize(
    ("path", "one", "listed"),
    [
        ("/models/sentiment", [MOOD], [MOOD]),
        ("/models/vectors", VECTOR, [VECTOR]),
        ("/models/writer/generate", [{"generated_text": "hellohello"}], [{"generated_text": "hellohello"}]),
        ("/translate", [{"generated_text": "hello"}], [{"generated_text": "hello"}]),
    ],
)
async def test_hugging_face(service: Service, path: str, one: Any, listed: Any) -> None:
    reply = await service.post(path, {"inputs": "hello"})
    assert reply.status_code == 200
    assert reply.json() == one
    assert (await service.post(path, {"inputs": ["hello"]})).json() == listed
    body = {"inputs": ["hello", "you"], "parameters": {}, "options": {"use_cache": False}, "model": "dummy"}
    many = (await service.post(path, body)).json()
    assert len(many) == 2 and many[:1] == listed


async def test_many_inputs_travel_together(service: Service) -> None:
    await service.post("/models/sentiment", {"text": [f"text {number}" for number in range(40)]})
    [transport] = service.transports.values()
    assert [len(envelope.items) for envelope in transport.envelopes] == [40]


@pytest.mark.parametrize(("mark", "parameters"), [("text", "generation_params"), ("inputs", "parameters")])
async def test_parameters_go_over_the_config_s(service: Service, mark: str, parameters: str) -> None:
    async def written(given: Any) -> str:
        reply = (await service.post("/models/writer/generate", {mark: "0123456789abc", parameters: given})).json()
        text = reply["response"]["generated_text"] if mark == "text" else reply[0]["generated_text"]
        return str(text).removeprefix("0123456789abc")

    assert await written({}) == "01234567"
    assert await written(None) == "01234567"
    assert await written({"max_new_tokens": 3}) == "012"
    assert await written({"max_new_tokens": None}) == "01234567", "null is the same as absent"
    assert await written({"stop": ["34"], "max_new_tokens": 10}) == "012"


async def test_feature_extraction_takes_its_parameters_at_the_root(service: Service) -> None:
    path = "/models/vectors"
    inside = (await service.post(path, {"inputs": "hello", "parameters": {"normalize": True}})).json()
    assert sum(number * number for number in inside) == pytest.approx(1)
    assert (await service.post(path, {"inputs": "hello", "normalize": True})).json() == inside
    short = (await service.post(path, {"inputs": "hello", "normalize": True, "dimensions": 3})).json()
    assert len(short) == 3
    both = await service.post(path, {"inputs": "hello", "normalize": False, "parameters": {"normalize": True}})
    assert both.json() == inside, "what stands in `parameters` goes first"
    nulls = {"inputs": "hello", "normalize": None, "prompt_name": None, "truncate": None}
    assert (await service.post(path, nulls)).json() == VECTOR


async def test_a_path_may_end_in_a_slash_and_has_an_alias(service: Service) -> None:
    for path in ("/models/writer/generate/", "/models/writer", "/models/writer/"):
        assert (await service.post(path, {"inputs": "hello"})).json() == [{"generated_text": "hellohello"}]


@pytest.mark.parametrize("endpoint", ["my models/größe/模型", "a+b/c&d=e,f;g'h(i)"])
async def test_any_endpoint_the_config_takes_is_reached_by_the_url_that_is_told(endpoint: str) -> None:
    async with serving(stub("größer als/andere", endpoint=endpoint)) as service:
        [line] = (await service.get("/models")).json()
        assert line["endpoint"] == f"/{endpoint}"
        assert line["url"].isascii()
        assert (await service.client.post(line["url"], json={"inputs": "hello"})).json() == [MOOD]
        assert (await service.post(f"/{endpoint}", {"inputs": "hello"})).json() == [MOOD]
        assert (await service.post("/models/größer als/andere", {"inputs": "hello"})).json() == [MOOD]
        assert (await service.get("/models/gr%C3%B6%C3%9Fer%20als/andere")).json()["name"] == "größer als/andere"
