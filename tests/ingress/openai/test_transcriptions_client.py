"""Transcripts with OpenAI's own client, of models that hear letters and of such that write words."""

import base64
from collections.abc import AsyncIterator, Iterator
from inspect import signature
from typing import Any

import httpx
import openai
import pytest

from serve_app.config.schema import Model
from serve_app.ingress.dialects.openai.subtitles import lines_of, srt, vtt
from serve_app.ingress.dialects.openai.transcriptions import Transcriptions, Translations
from tests import tiny_models
from tests.ingress.listening import listening
from tests.ingress.openai.probing import OF_THE_TRANSPORT
from tests.ingress.service import Service, serving, stub
from tests.media import samples, sound_file

SOUND = sound_file(samples(seconds=2.0))
HEARER = "automatic-speech-recognition"
PATH = "/models/letters/v1/audio/transcriptions"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Model]:
    folders = tiny_models.Folders(tmp_path_factory.mktemp("tiny"))
    letters, words = (
        Model(name=name, hf_model_name=str(folders[folder]), hf_task=HEARER, resources={"num_threads": 1})
        for name, folder in (("letters", "wav2vec2-ctc"), ("words", "whisper"))
    )
    return letters, words


@pytest.fixture(scope="module")
def url(models: tuple[Model, Model]) -> Iterator[str]:
    with listening(*models, stub("moods")) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as made:
        yield made


@pytest.fixture
async def service(models: tuple[Model, Model]) -> AsyncIterator[Service]:
    async with serving(models[0], stub("moods")) as running:
        yield running


async def posted(service: Service, **fields: Any) -> httpx.Response:
    """A form with a file, which `fields` may change."""
    given = {"file": SOUND, **fields}
    files = {name: ("a.wav", value) for name, value in given.items() if isinstance(value, bytes)}
    texts = {name: value for name, value in given.items() if name not in files and value is not None}
    # A form without a file is sent as another type by this client.
    return await service.client.post(PATH, data=texts, files=files or {"model": (None, "x")})


def native(url: str, model: str, **params: Any) -> dict[str, Any]:
    """What the model's own URL says; a transcript without times is its text alone."""
    body = {"text": base64.b64encode(SOUND).decode(), "generation_params": params}
    reply = httpx.post(f"{url}/models/{model}", json=body, timeout=60)
    assert reply.status_code == 200, reply.text
    told = reply.json()["response"]["text"]
    return told if isinstance(told, dict) else {"text": told}


@pytest.mark.parametrize("model", ["letters", "words"])
def test_json_and_text(client: openai.OpenAI, url: str, model: str) -> None:
    expected = native(url, model)["text"]
    assert expected.strip()
    assert client.audio.transcriptions.create(model=model, file=("a.wav", SOUND)).text == expected
    plain: Any = client.audio.transcriptions.create(model=model, file=SOUND, response_format="text")
    assert plain == expected


@pytest.mark.parametrize("model", ["letters", "words"])
def test_segments_and_subtitles(client: openai.OpenAI, url: str, model: str) -> None:
    expected = native(url, model, return_timestamps=True)
    lines = lines_of(expected)
    assert lines and expected["duration"] == pytest.approx(2.0, abs=0.01)
    told = client.audio.transcriptions.create(model=model, file=("a.wav", SOUND), response_format="verbose_json")
    assert (told.text, told.duration) == (expected["text"], expected["duration"])
    assert told.language == expected.get("language") and told.words is None
    assert told.segments is not None and told.usage is not None and told.usage.seconds == told.duration
    assert [(each.id, each.start, each.end, each.text) for each in told.segments] == [
        (index, *line) for index, line in enumerate(lines)
    ]
    for format, write in (("srt", srt), ("vtt", vtt)):
        asked: Any = {"model": model, "file": ("a.wav", SOUND), "response_format": format}
        assert client.audio.transcriptions.create(**asked) == write(lines)


# A random model may write nothing, and words have no spread.
@pytest.mark.filterwarnings("ignore:std")
@pytest.mark.parametrize("model", ["letters", "words"])
async def test_words(url: str, model: str) -> None:
    expected = native(url, model, return_timestamps="word")
    asked: Any = {"model": model, "file": ("a.wav", SOUND), "response_format": "verbose_json"}
    async with openai.AsyncOpenAI(base_url=f"{url}/models/{model}/v1", api_key="none", max_retries=0) as client:
        told = await client.audio.transcriptions.create(**asked, timestamp_granularities=["word"])
        both = await client.audio.transcriptions.create(**asked, timestamp_granularities=["word", "segment"])
    chunks = [chunk for chunk in expected["chunks"] if chunk["text"].strip()]
    assert told.segments is None and told.words is not None and len(told.words) == len(chunks) > 0
    for word, chunk in zip(told.words, chunks, strict=True):
        assert (word.word, [word.start, word.end]) == (chunk["text"].strip(), chunk["timestamp"])
    assert both.words == told.words
    assert [each.text for each in both.segments] == [line.text for line in lines_of(expected, words=True)]


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_what_a_model_that_writes_words_is_told(client: openai.OpenAI, url: str) -> None:
    for told in ({"language": "de"}, {"prompt": "good day"}, {"temperature": 1.0}):
        seeded = {**told, "seed": 3} if "temperature" in told else told
        extra = {"extra_body": {"seed": 3}} if "temperature" in told else {}
        asked: Any = {"model": "words", "file": ("a.wav", SOUND), **told, **extra}
        assert client.audio.transcriptions.create(**asked).text == native(url, "words", **seeded)["text"]
    english = client.audio.translations.create(model="words", file=("a.wav", SOUND))
    assert english.text == native(url, "words", task="translate")["text"]
    verbose: Any = client.audio.translations.create(
        model="words", file=("a.wav", SOUND), response_format="verbose_json", temperature=0
    )
    timed = native(url, "words", task="translate", return_timestamps=True)
    assert (verbose.text, verbose.task, len(verbose.segments)) == (timed["text"], "translate", len(lines_of(timed)))


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_what_a_model_that_hears_letters_cannot_follow(client: openai.OpenAI) -> None:
    asked: Any = {"model": "letters", "file": ("a.wav", SOUND)}
    cases: tuple[tuple[str, Any], ...] = (("language", "en"), ("prompt", "x"), ("temperature", 0.5))
    for param, value in cases:
        with pytest.raises(openai.BadRequestError, match="hears letter by letter") as raised:
            client.audio.transcriptions.create(**asked, **{param: value})
        assert raised.value.param == param
    with pytest.raises(openai.BadRequestError, match="cannot translate") as refused:
        client.audio.translations.create(**asked)
    assert refused.value.param == "model"


def test_everything_that_the_client_sends_is_known() -> None:
    for create, dialect in (
        (openai.resources.audio.Transcriptions.create, Transcriptions()),
        (openai.resources.audio.Translations.create, Translations()),
    ):
        sent = signature(create).parameters.keys() - OF_THE_TRANSPORT
        assert len(sent) > 4
        assert sent <= {*dialect.Request.model_fields, *dialect.not_done}


FAULTS: list[tuple[dict[str, Any], str | None, str]] = [
    ({"file": None}, "file", "`file` is missing"),
    ({"file": b""}, "file", "`file` must not be empty"),
    ({"file": b"%PDF-1.4 no sound"}, "file", ""),
    ({"file": b"RIFF\0\0\0\0WAVE"}, "file", ""),
    ({"file": SOUND[:60]}, "file", ""),
    ({"file": "text"}, "file", "`file` must be a file: a part of the form that has a file name"),
    ({"response_format": "diarized_json"}, "response_format", "must be 'json', 'text', 'srt'"),
    ({"temperature": "warm"}, "temperature", "`temperature` must be a"),
    ({"temperature": "nan"}, "temperature", "`temperature` must be a finite number"),
    ({"temperature": "2"}, "temperature", "`temperature` must be less than or equal to 1"),
    ({"language": "x" * 40}, "language", "`language` must have at most 30 characters"),
    ({"seed": "-1"}, "seed", "`seed` must be greater than or equal to 0"),
    ({"timestamp_granularities[]": ["word"]}, "timestamp_granularities", "goes with response_format: verbose_json"),
    ({"timestamp_granularities[]": ["letter"]}, "timestamp_granularities[0]", "must be 'segment' or 'word'"),
    ({"timestamp_granularities": "letter"}, "timestamp_granularities[0]", "must be 'segment' or 'word'"),
    ({"stream": "true"}, "stream", "`stream` is not supported: the answer comes in one piece"),
    ({"include[]": ["logprobs"]}, "include", "`include` is not supported"),
    ({"chunking_strategy": '{"type": "server_vad"}'}, "chunking_strategy", "cut as the model needs it"),
    ({"known_speaker_names[]": ["me"]}, "known_speaker_names", "not told apart"),
    ({"unknown": "x"}, "unknown", "`unknown` is not a field"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "param", "words"), FAULTS, ids=[str(fault[0])[:50] for fault in FAULTS])
async def test_what_is_wrong_is_named(service: Service, fields: dict[str, Any], param: str, words: str) -> None:
    reply = await posted(service, **fields)
    error = reply.json()["error"]
    assert (reply.status_code, error["param"], error["type"]) == (400, param, "invalid_request_error")
    assert words in error["message"]
    assert (await posted(service)).status_code == 200


async def test_what_asks_for_nothing(service: Service) -> None:
    neutral = {"stream": "false", "prompt": "", "language": "", "chunking_strategy": "auto", "user": "me", "model": "x"}
    assert (await posted(service, **neutral)).json() == (await posted(service)).json()


async def test_bodies_that_are_no_forms(service: Service) -> None:
    for raw, kind, status in ((b"{}", "application/json", 415), (SOUND, "audio/wav", 415), (b"x", None, 415)):
        reply = await service.raw(PATH, raw, kind)
        assert reply.status_code == status and reply.json()["error"]["type"] == "invalid_request_error"
    reply = await service.raw(PATH, b"--edge\r\n", "multipart/form-data; boundary=edge")
    assert (reply.status_code, reply.json()["error"]["type"]) == (400, "invalid_request_error")
    reply = await service.raw("/v1/audio/transcriptions", b"--edge--\r\n", "multipart/form-data; boundary=edge")
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, "model")


async def test_by_the_model_s_name(service: Service) -> None:
    files = {"file": ("a.wav", SOUND)}
    reply = await service.client.post("/v1/audio/transcriptions", data={"model": "letters"}, files=files)
    assert reply.status_code == 200 and reply.json() == (await posted(service)).json()
    other = await service.client.post("/v1/audio/transcriptions", data={"model": "moods"}, files=files)
    assert (other.status_code, other.json()["error"]["code"]) == (404, "model_not_found")
    assert (await service.post("/models/moods/v1/audio/translations", {})).status_code == 404
