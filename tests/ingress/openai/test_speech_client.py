"""Speech with OpenAI's own client, and its bodies field by field."""

import base64
import io
from collections.abc import AsyncIterator, Iterator
from inspect import signature
from typing import Any

import httpx
import numpy as np
import openai
import pytest
import soundfile

from serve_app.config.schema import Model
from serve_app.ingress.dialects.openai.speech import OWN_VOICES, Speech, SpeechRequest
from tests import tiny_models
from tests.ingress.listening import listening
from tests.ingress.openai.probing import OF_THE_TRANSPORT, Probed, probe
from tests.ingress.service import Service, serving, stub

PATH = "/v1/audio/speech"
TEXT = "hello there"
SPEAKER = stub("speaker", "text-to-speech")
TYPES = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg", "opus": "audio/ogg", "pcm": "audio/pcm"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folders = tiny_models.Folders(tmp_path_factory.mktemp("tiny"))
    small, several = (
        Model(name=name, hf_model_name=str(folders[name]), hf_task="text-to-speech", resources={"num_threads": 1})
        for name in ("vits", "vits-voices")
    )
    with listening(small, several, stub("moods")) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as made:
        yield made


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving(SPEAKER, stub("moods")) as running:
        yield running


def native(url: str, model: str, **params: Any) -> bytes:
    reply = httpx.post(f"{url}/models/{model}", json={"text": TEXT, "generation_params": params}, timeout=60)
    assert reply.status_code == 200, reply.text
    return base64.b64decode(reply.json()["response"]["audio"])


def test_the_file_is_the_model_s_own(client: openai.OpenAI, url: str) -> None:
    asked: Any = {"input": TEXT, "voice": "alloy", "response_format": "wav", "extra_body": {"seed": 3}}
    expected = native(url, "vits", seed=3)
    assert client.audio.speech.create(model="vits", **asked).content == expected
    slow = client.audio.speech.create(model="vits", **asked, speed=0.5).content
    assert slow == native(url, "vits", seed=3, speed=0.5) and len(slow) > 1.3 * len(expected)


async def test_voices(url: str) -> None:
    asked: Any = {"model": "x", "input": TEXT, "response_format": "flac", "extra_body": {"seed": 3}}
    async with openai.AsyncOpenAI(base_url=f"{url}/models/vits-voices/v1", api_key="none", max_retries=0) as client:
        usual = (await client.audio.speech.create(**asked, voice="nova")).content
        other = (await client.audio.speech.create(**asked, voice="1")).content
        same = (await client.audio.speech.create(**asked, voice={"id": "1"})).content
        with pytest.raises(openai.BadRequestError, match="the model has the voices 0 to") as raised:
            await client.audio.speech.create(**asked, voice="somebody")
    assert raised.value.param == "voice"
    assert usual == native(url, "vits-voices", seed=3, format="flac")
    assert other == same == native(url, "vits-voices", seed=3, voice=1, format="flac") != usual


@pytest.mark.parametrize("format", TYPES)
def test_kinds_of_files(client: openai.OpenAI, url: str, format: Any) -> None:
    asked: Any = {"model": "vits", "input": TEXT, "voice": "alloy", "extra_body": {"seed": 3}}
    reply = client.audio.speech.with_raw_response.create(**asked, response_format=format)
    assert reply.headers["content-type"] == TYPES[format]
    expected, rate = soundfile.read(io.BytesIO(native(url, "vits", seed=3)))
    if format == "pcm":
        told, told_rate = np.frombuffer(reply.content, "<i2") / 2**15, 24000
    else:
        told, told_rate = soundfile.read(io.BytesIO(reply.content))
    assert len(told) / told_rate == pytest.approx(len(expected) / rate, abs=0.12)
    if format in ("wav", "flac"):
        np.testing.assert_allclose(told, expected, atol=1 / 2**15)


def test_without_a_format_it_is_mp3(client: openai.OpenAI) -> None:
    reply = client.audio.speech.with_raw_response.create(model="vits", input="hi", voice="alloy")
    assert reply.headers["content-type"] == "audio/mpeg"
    assert soundfile.info(io.BytesIO(reply.content)).format == "MP3"


def test_the_client_raises_what_is_wrong(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="cannot be told in words") as raised:
        client.audio.speech.create(model="vits", input=TEXT, voice="alloy", instructions="sadly")
    assert (raised.value.param, raised.value.type) == ("instructions", "invalid_request_error")
    with pytest.raises(openai.NotFoundError) as missing:
        client.audio.speech.create(model="moods", input=TEXT, voice="alloy")
    assert missing.value.code == "model_not_found"


def test_everything_that_the_client_sends_is_known() -> None:
    sent = signature(openai.resources.audio.Speech.create).parameters.keys() - OF_THE_TRANSPORT
    assert len(sent) > 6
    assert sent <= {*SpeechRequest.model_fields, *SpeechRequest.passed, *Speech.not_done}
    assert {"alloy", "verse"} <= OWN_VOICES


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"input": None}, "input", "`input` is missing"),
    ({"input": ""}, "input", "`input` must not be empty"),
    ({"input": ["x"]}, "input", "`input` must be a string"),
    ({"input": "x" * 9000}, "input", "tokens"),
    ({"voice": "nobody"}, "voice", "the model has"),
    ({"voice": {"name": "x"}}, "voice", "`voice"),
    ({"response_format": "aac"}, "response_format", "`response_format` must be 'wav', 'flac', 'mp3'"),
    ({"speed": 5}, "speed", "`speed` must be less than or equal to 4"),
    ({"speed": "fast"}, "speed", "`speed` must be a number"),
    ({"seed": -1}, "seed", "`seed` must be greater than or equal to 0"),
    ({"stream_format": "sse"}, "stream_format", "the sound comes in one piece"),
    ({"stream": True}, "stream", "`stream` is not a field"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "param", "words"), FAULTS, ids=[str(fault[0])[:60] for fault in FAULTS])
async def test_what_is_wrong_is_named(service: Service, fields: dict[str, Any], param: str, words: str) -> None:
    reply = await service.post(PATH, {"model": "speaker", "input": "x", "voice": "alloy", **fields})
    error = reply.json()["error"]
    assert (reply.status_code, error["type"]) == (400, "invalid_request_error")
    assert error["param"].split(".")[0] == param and words in error["message"]


async def test_whatever_stands_in_place_of_a_field(service: Service) -> None:
    example = {"input": "x", "response_format": "wav"}
    assert await probe(service, Probed("/models/speaker/v1/audio/speech", SpeechRequest, example, SPEAKER)) == []
