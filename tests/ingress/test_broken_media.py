"""Broken files in place of any image or sound of any task: a 4xx that names the field, and everyone else goes on."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
import pytest
from pydantic import TypeAdapter

from serve_app.contract import Contract
from serve_app.ingress.replies import json_bytes
from serve_app.replica.calls import HandleCalls
from serve_app.replica.gathering import gathered
from serve_app.tasks import TASKS
from serve_app.types import Done, Failure
from tests.broken_media import IMAGES, NO_BASE64, SOUNDS
from tests.ingress.reading import spoken
from tests.ingress.service import Service, serving, stub
from tests.media import file_of, picture, samples, sound_file

PATH = "/models/m"
DIALECTS = {"text": "generation_params", "inputs": "parameters"}
STATUS = {"text": 400, "inputs": 422}
IMAGE = "image/*"
BROKEN = {IMAGE: IMAGES, "audio/*": SOUNDS}


class Seen(NamedTuple):
    """A service, and what its model always answers."""

    service: Service
    example: Any
    params: dict[str, Any]


class Place(NamedTuple):
    """Where an input of a task holds a file: how it is put there, and what the field is called."""

    kind: str
    field: str
    put: Callable[[Any], Any]

    def __str__(self) -> str:
        return self.field or "inputs"


def _chat(piece: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [piece, {"type": "text", "text": "what is it?"}]}]}


INSIDE: Mapping[str, Sequence[Place]] = {
    "visual-question-answering": [Place(IMAGE, "image", lambda file: {"question": "what?", "image": file})],
    "document-question-answering": [Place(IMAGE, "image", lambda file: {"question": "what?", "image": file})],
    "image-text-to-text": [
        Place(IMAGE, "image", lambda file: {"text": "this is", "image": file}),
        Place(IMAGE, "images[0]", lambda file: {"text": "this is", "images": [file]}),
        Place(IMAGE, "messages[0]", lambda file: _chat({"type": "image_url", "image_url": {"url": file}})),
        Place(IMAGE, "messages[0]", lambda file: _chat({"type": "image", "image": file})),
    ],
}
"""Of the tasks whose input is more than a file."""


def places(name: str) -> Sequence[Place]:
    schema = TypeAdapter(TASKS[name].Input).json_schema()
    if kind := schema.get("contentMediaType"):
        return [Place(kind, "", lambda file: file)]
    assert name in INSIDE or "contentMediaType" not in json.dumps(schema), f"{name} takes files, and is not tried here"
    return INSIDE.get(name, ())


MEDIA = [(name, place) for name in TASKS for place in places(name)]
EVERY = pytest.mark.parametrize(("seen", "place"), MEDIA, indirect=["seen"], ids=str)
WHOLE = pytest.mark.parametrize(
    ("seen", "place"), [each for each in MEDIA if not each[1].field], indirect=["seen"], ids=str
)


@pytest.fixture
async def seen(request: pytest.FixtureRequest) -> AsyncIterator[Seen]:
    """A service of one task."""
    async with serving(stub("m", request.param)) as running:
        yield Seen(running, *TASKS[request.param].example())


@EVERY
async def test_a_broken_file(seen: Seen, place: Place) -> None:
    service, example, params = seen
    good = await posted(service, "inputs", example, params)
    assert good[0] == 200
    for what, written in in_json(place.kind).items():
        for mark in DIALECTS:
            status, told = await posted(service, mark, place.put(written), params)
            assert status == STATUS[mark], (what, told)
            assert told["error_type"] == "validation" and told["error"]
            assert told["field"] == mark or told["field"].startswith(f"{mark}.{place.field}"), (what, told)
    assert await posted(service, "inputs", example, params) == good


@EVERY
async def test_neighbours_of_a_broken_file_go_on(seen: Seen, place: Place) -> None:
    service, example, params = seen
    inputs = [example, place.put(base64_of(b"hello"))]
    told = await asyncio.gather(*(posted(service, "inputs", input, params) for input in inputs * 2))
    assert [status for status, _ in told] == [200, 422, 200, 422], told
    assert told[0] == told[2] == await posted(service, "inputs", example, params)
    status, together = await posted(service, "inputs", inputs, params)
    assert status == 422 and together["field"].startswith("inputs[1]")


@WHOLE
async def test_bytes_as_they_are(seen: Seen, place: Place) -> None:
    service, example, params = seen
    for what, make in BROKEN[place.kind].items():
        reply = await service.raw(PATH, make(), "application/octet-stream")
        assert reply.status_code == 422 and "field" in reply.json(), (what, reply.text)
    form = b'--edge\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--edge--\r\n'
    assert (await service.raw(PATH, form, "multipart/form-data; boundary=edge")).status_code == 422
    assert (await service.raw(PATH, b"", None)).status_code in (400, 422)
    if params:
        return  # bytes leave no room for what this task needs beside them
    expected = await posted(service, "inputs", example, {})
    for said in (None, "", "image/png", "audio/wav", "application/octet-stream", "text/plain", "application/json"):
        reply = await service.raw(PATH, base64.b64decode(example), said)
        assert (reply.status_code, spoken(reply)) == expected, said


async def test_pixels_have_a_limit() -> None:
    words = "the image has 40 x 30 pixels, and this model takes 1199 (limits.max_pixels)"
    file = file_of(picture())
    for limit, status in ((1199, 422), (1200, 200)):
        async with serving(stub("m", "image-classification", limits={"max_pixels": limit})) as service:
            reply = await service.raw(PATH, file, None)
            assert reply.status_code == status
            if status == 422:
                told = {"error": words, "error_type": "validation", "field": "inputs"}
                assert {key: reply.json()[key] for key in told} == told


async def test_seconds_have_a_limit() -> None:
    words = "the sound lasts 2.0 s, and this model takes 1.5 s (limits.max_sound_s)"
    file = sound_file(samples(0, 2.0))
    for limit, status in ((1.5, 422), (2.0, 200)):
        async with serving(stub("m", "audio-classification", limits={"max_sound_s": limit})) as service:
            reply = await service.raw(PATH, file, None)
            assert reply.status_code == status
            if status == 422:
                assert (reply.json()["error"], reply.json()["field"]) == (words, "inputs")


async def test_bytes_have_a_limit() -> None:
    async with serving(stub("m", "image-classification"), max_body_bytes=1000) as service:
        reply = await service.raw(PATH, file_of(picture(0, 200, 200)), None)
        assert (reply.status_code, reply.json()["error_type"]) == (413, "body_too_large")


@pytest.mark.parametrize("word", ["image-classification", "audio-classification"])
async def test_by_handle(word: str) -> None:
    model, (example, _) = stub("m", word), TASKS[word].example()
    calls = HandleCalls(Contract(model))
    async with serving(model) as service:
        expected = (await service.post(PATH, {"inputs": example})).json()
        executor = next(iter(service.transports.values())).executor
        data = base64.b64decode(example)
        for given in (data, bytearray(data), memoryview(data), example):
            [output] = calls.outputs(await gathered(executor, calls.items("predict", given, None, None)), True)
            assert orjson.loads(json_bytes(output)) == expected
        broken, good, link = await gathered(
            executor, calls.items("predict", [b"hello", data, "http://127.0.0.1/a"], None, None)
        )
        assert isinstance(good, Done)
        assert isinstance(broken, Failure) and broken.message.startswith("this is no")
        assert isinstance(link, Failure) and link.message == "a link is not fetched here: send the bytes"


async def posted(service: Service, mark: str, value: Any, params: Mapping[str, Any]) -> tuple[int, Any]:
    reply = await service.post(PATH, {mark: value, DIALECTS[mark]: params})
    return reply.status_code, spoken(reply)


def in_json(kind: str) -> Mapping[str, str]:
    return {what: base64_of(make()) for what, make in BROKEN[kind].items()} | dict(NO_BASE64)


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()
