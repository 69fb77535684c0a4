"""What clients put where: parts of an input and parameters at the root, `model` in several places, the bytes alone."""

import base64
from typing import Any

import pytest

from serve_app.tasks import TASKS
from serve_app.tasks.image_classification import ImageClassification
from tests import media
from tests.ingress.service import Service, error, serving, stub

PARTED = {name: task for name, task in TASKS.items() if task.root_input}
BYTES = {name: task for name, task in TASKS.items() if task.takes_bytes}
SENTENCES = {"source_sentence": "a", "sentences": ["a", "b"]}


@pytest.mark.parametrize("name", PARTED)
async def test_the_parts_of_an_input_may_stand_at_the_root(name: str) -> None:
    value, params = PARTED[name].example()
    parts = {part: value[part] for part in PARTED[name].root_input}
    rest = {part: value[part] for part in value.keys() - parts.keys()}
    async with serving(stub("m", name)) as service:
        expected = (await service.post("/models/m", {"inputs": value, "parameters": params})).json()
        forms: list[dict[str, Any]] = [{"inputs": rest, **parts}]
        if not rest:
            forms += [parts, *({"inputs": parts[part], **parts} for part in parts), {"inputs": None, **parts}]
        for form in forms:
            reply = await service.post("/models/m", {**form, "parameters": params, "model": "dummy"})
            assert (reply.status_code, reply.json()) == (200, expected), form


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"sentences": ["b"]}, "inputs.source_sentence", "is missing"),
        ({"source_sentence": "a", "sentences": []}, "inputs.sentences", "at least 1"),
        (
            {"inputs": "other", **SENTENCES},
            "inputs",
            "`inputs` is neither the same as `source_sentence` or `sentences` nor an object of all parts",
        ),
        ({**SENTENCES, "truncate": True}, "truncate", "is not a field of a request"),
    ],
)
async def test_what_is_wrong_with_them_is_told(body: dict[str, Any], field: str, words: str) -> None:
    async with serving(stub("m", "sentence-similarity")) as service:
        told = error(await service.post("/models/m", body))
        assert (told[0], told[3]) == (422, field)
        assert words in told[2]
        both = error(await service.post("/models/m", {"text": SENTENCES, **SENTENCES}))
        assert (both[0], both[2]) == (
            400, "the body must hold exactly one of `text` (native) or `inputs` (huggingface); it holds both",
        )  # fmt: skip


async def test_only_where_a_task_has_such_parts(service: Service) -> None:
    assert error(await service.post("/models/sentiment", SENTENCES))[0] == 400
    told = error(await service.post("/models/sentiment", {"inputs": "a", **SENTENCES}))
    assert (told[0], told[3]) == (422, "sentences")


async def test_a_model_that_clients_leak_has_no_effect(service: Service) -> None:
    expected = (await service.post("/models/sentiment", {"inputs": "a"})).json()
    for leaked in ({"model": "x"}, {"parameters": {"model": "http://x/y"}}, {"model": None, "parameters": None}):
        assert (await service.post("/models/sentiment", {"inputs": "a", **leaked})).json() == expected


@pytest.mark.parametrize("name", BYTES)
async def test_bytes_and_base64_are_the_same(name: str) -> None:
    value, params = BYTES[name].example()
    if not isinstance(value, str):
        pytest.skip("an input of several parts")
    raw = base64.b64decode(value)
    async with serving(stub("m", name, hf_generation_kwargs=params)) as service:
        replies = [await service.post("/models/m", {"inputs": value})]
        replies += [await service.post("/models/m", {"inputs": f"data:image/png;base64,{value}", "parameters": {}})]
        for kind in (None, "image/jpeg", "audio/flac", "application/octet-stream", "application/x-www-form-urlencoded"):
            replies.append(await service.raw("/models/m", raw, kind))
    assert [(reply.status_code, reply.content) for reply in replies] == [(200, replies[0].content)] * len(replies)
    assert replies[0].content


JAVASCRIPT = "@huggingface/inference/4.13.30"


@pytest.mark.parametrize(("client", "listed"), [(JAVASCRIPT, False), ("unknown/None; hf_hub/2.4.0", True), ("", True)])
async def test_a_list_or_an_object_by_client(client: str, listed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Captions(ImageClassification):
        name = "image-to-text"
        listed = True

    monkeypatch.setitem(TASKS, "image-to-text", Captions())
    image = media.file_of(media.picture())
    async with serving(stub("m", "image-to-text")) as service:
        one = (await service.client.post("/models/m", content=image, headers={"User-Agent": client})).json()
        many = {"inputs": [base64.b64encode(image).decode()] * 2}
        two = (await service.client.post("/models/m", json=many, headers={"User-Agent": client})).json()
    assert two == [two[0], two[0]]
    assert one == (two[:1] if listed else two[0])
