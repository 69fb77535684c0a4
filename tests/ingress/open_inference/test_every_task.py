"""Every task of the table, asked by tensors: the answers are those of the native dialect."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from serve_app.ingress.dialects.open_inference.description import tensors_of_one
from serve_app.tasks import TASKS
from tests.ingress.open_inference.asking import infer, outputs_of, tensor
from tests.ingress.service import serving, stub

COUNTED = "count"
# What the example alone leaves without an answer on the stub, whose masks are poor.
LENIENT = {"mask-generation": {"pred_iou_thresh": 0.0, "stability_score_thresh": 0.0}}


def told_in(answer: Any, name: str, whole: str) -> Any:
    """What one tensor must hold of an answer, found without the code that is tested."""
    if isinstance(answer, list) and not (answer and isinstance(answer[0], int | float)):
        return [told_in(each, name, whole) for each in answer]
    if not isinstance(answer, dict):
        assert name == whole
        return answer
    value = answer[name]
    if isinstance(value, dict) and all(isinstance(number, int | float) for number in value.values()):
        return [*value.values()]
    return value


def even(told: Any, found: Any) -> Any:
    """Numbers about equal, documents parsed, and the rest as it is."""
    if isinstance(found, list):
        assert len(told) == len(found)
        return [even(one, other) for one, other in zip(told, found, strict=True)]
    if isinstance(found, float):
        return pytest.approx(told, rel=1e-6)
    return told if isinstance(told, str | int) else found if json.loads(found) == told else json.dumps(told)


def names_in(answer: Any, whole: str) -> Iterator[str]:
    """The parts of an answer that a tensor tells."""
    while isinstance(answer, list) and answer:
        answer = answer[0]
    yield from answer.keys() if isinstance(answer, dict) else [whole]


@pytest.mark.parametrize("name", TASKS)
async def test_the_answers_are_the_native_dialect_s(name: str) -> None:
    task = TASKS[name]
    value, params = task.example()
    params |= LENIENT.get(name, {})
    async with serving(stub("m", name)) as service:
        native = await service.post("/models/m", {"text": [value, value], "generation_params": params})
        one = await infer(service, "m", *tensors_of_one(task, value), parameters=params)
        documents = tensor("json", [json.dumps(value)] * 2)
        wanted = [{"name": "json"}, *({"name": output["name"]} for output in one.json()["outputs"])]
        two = await infer(service, "m", documents, parameters=params, outputs=wanted, id="7")
    answers = native.json()["response"][task.answer]
    if "json" in (found := outputs_of(two)):
        whole = [json.loads(text) for text in found.pop("json")]
        holds_only = all(isinstance(each, dict) and each.keys() == {task.answer} for each in whole)
        assert ([each[task.answer] for each in whole] if holds_only else whole) == answers
        answers = whole
    assert two.json()["id"] == "7" and "id" not in one.json()
    assert found.keys() - {COUNTED} == {*names_in(answers[0], task.answer)}
    for column, rows in found.items():
        told = [len(answer) for answer in answers] if column == COUNTED else told_in(answers, column, task.answer)
        assert rows == even(told, rows), column
    assert outputs_of(one) == {column: rows[:1] for column, rows in found.items()}


@pytest.mark.parametrize("name", TASKS)
async def test_metadata_lists_the_tensors_of_requests_and_answers(name: str) -> None:
    task = TASKS[name]
    value, params = task.example()
    async with serving(stub("m", name)) as service:
        told = (await service.get("/v2/models/m")).json()
        asked = tensors_of_one(task, value)
        reply = await infer(service, "m", *asked, parameters=params)
    assert (told["name"], told["versions"], told["platform"]) == ("m", ["1"], f"stub_{name}")
    for described, used in ((told["inputs"], asked), (told["outputs"], reply.json()["outputs"])):
        by_name = {each["name"]: each for each in described}
        assert len(by_name) == len(described) and "json" in by_name
        for each in used:
            known = by_name[each["name"]]
            assert known["datatype"] == each["datatype"]
            if len(known["shape"]) == len(each["shape"]):
                pairs = zip(known["shape"], each["shape"], strict=True)
                assert all(axis in (-1, size) for axis, size in pairs)
        needed = {each["name"] for each in described if not each["parameters"]["optional"]}
        assert needed <= {each["name"] for each in used}


@pytest.mark.parametrize("name", TASKS)
async def test_in_binary_as_in_json(name: str) -> None:
    task = TASKS[name]
    value, params = task.example()
    async with serving(stub("m", name)) as service:
        plain = await infer(service, "m", *tensors_of_one(task, value), parameters=params)
        asked = {**params, "binary_data_output": True}
        reply = await infer(service, "m", *tensors_of_one(task, value), parameters=asked)
    assert reply.headers["content-type"] == "application/octet-stream"
    length = int(reply.headers["inference-header-content-length"])
    place = length
    for output, expected in zip(json.loads(reply.content[:length])["outputs"], plain.json()["outputs"], strict=True):
        size = output["parameters"]["binary_data_size"]
        raw, place = reply.content[place : place + size], place + size
        assert (output["name"], output["shape"]) == (expected["name"], expected["shape"])
        if output["datatype"] != "BYTES":
            kind = {"FP32": "<f4", "INT64": "<i8", "BOOL": "?"}[output["datatype"]]
            assert np.frombuffer(raw, kind).tolist() == np.array(expected["data"], kind).tolist()
        elif expected["data"]:
            assert int.from_bytes(raw[:4], "little") <= len(raw) - 4
    assert place == len(reply.content)
