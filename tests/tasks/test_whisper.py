"""Speech recognition by a model that listens and then writes, against transformers' own pipeline."""

from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import InvalidInput
from tests.media import samples, sound_file
from tests.served_model import ServedModel, write

WORD = "automatic-speech-recognition"
SHORT = [samples(0, 1.0), samples(1, 0.3), samples(2, 7.5), samples(3, 2.0)]
LONG = [samples(4, 41.0), samples(5, 31.0)]
# The pipeline searches by five beams where nothing else is said.
PLAIN = {"num_beams": 1, "task": "transcribe"}
TIMES: list[dict[str, Any]] = [{}, {"return_timestamps": True}, {"return_timestamps": "word"}]

pytestmark = pytest.mark.filterwarnings(
    "ignore:std\\(\\)"
)  # a random model may write nothing, and words have no spread


@pytest.fixture(scope="module")
def writer(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["whisper"], WORD)


@pytest.fixture(scope="module")
def pipeline(folders: dict[str, Path]) -> Any:
    from transformers import pipeline

    return pipeline(WORD, str(folders["whisper"]), device="cpu")


def answers(writer: ServedModel, sounds: list[Any], **params: Any) -> list[Any]:
    """The whole answers, all sounds in one batch."""
    items = writer.items([sound_file(sound, subtype="FLOAT") for sound in sounds], [params] * len(sounds))
    return [done.output for _, done in write(writer.task, items, writer.rows(items), writer.kit, writer.engine)]


def as_told(expected: dict[str, Any], seconds: float) -> list[dict[str, Any]]:
    """The pipeline's pieces, where the last one ends with the sound at the latest that it says nothing of."""
    pieces = []
    for piece in expected["chunks"]:
        start, end = piece["timestamp"]
        pieces.append({"text": piece["text"], "timestamp": [start, max(start, seconds) if end is None else end]})
    return pieces


@pytest.mark.parametrize("more", TIMES)
def test_text_and_times_are_the_pipelines(writer: ServedModel, pipeline: Any, more: dict[str, Any]) -> None:
    told = answers(writer, SHORT, **more)
    assert len({answer["text"] for answer in told}) == len(SHORT)
    for sound, answer in zip(SHORT, told, strict=True):
        expected = pipeline(sound.copy(), generate_kwargs=PLAIN, **more)
        assert answer["text"] == expected["text"]
        if more:
            assert answer["chunks"] == as_told(expected, len(sound) / 16_000)
            assert answer["duration"] == len(sound) / 16_000


@pytest.mark.parametrize("more", TIMES)
def test_longer_than_half_a_minute_is_the_models_own_way(
    writer: ServedModel, pipeline: Any, more: dict[str, Any]
) -> None:
    for sound, answer in zip(LONG, answers(writer, LONG, **more), strict=True):
        expected = pipeline(sound.copy(), generate_kwargs=PLAIN, **more)
        assert answer["text"] == expected["text"]
        assert answer.get("chunks", []) == (as_told(expected, len(sound) / 16_000) if more else [])


@pytest.mark.parametrize("more", TIMES)
@pytest.mark.parametrize("cut", [{"chunk_length_s": 25.0}, {"chunk_length_s": 20.0, "stride_length_s": [3.0, 1.0]}])
def test_parts_and_their_seams_are_the_pipelines(
    writer: ServedModel, pipeline: Any, cut: dict[str, Any], more: dict[str, Any]
) -> None:
    sounds = [*LONG, SHORT[0]]
    for sound, answer in zip(sounds, answers(writer, sounds, **cut, **more), strict=True):
        expected = pipeline(sound.copy(), generate_kwargs=PLAIN, **cut, **more)
        assert answer["text"] == expected["text"]
        assert answer.get("chunks", []) == (as_told(expected, len(sound) / 16_000) if more else [])


def test_beams(writer: ServedModel, pipeline: Any) -> None:
    for sound, answer in zip(SHORT, answers(writer, SHORT, num_beams=3, length_penalty=0.5), strict=True):
        expected = pipeline(sound.copy(), generate_kwargs={**PLAIN, "num_beams": 3, "length_penalty": 0.5})
        assert answer["text"] == expected["text"]


@pytest.mark.parametrize("language", ["de", "German", "<|de|>"])
def test_language_and_task(writer: ServedModel, pipeline: Any, language: str) -> None:
    own = {"language": "de", "task": "translate", "num_beams": 1}
    [answer] = answers(writer, SHORT[:1], language=language, task="translate", return_timestamps=True)
    assert answer["text"] == pipeline(SHORT[0].copy(), generate_kwargs=own, return_timestamps=True)["text"]
    assert answer["language"] == "german"


def test_the_language_that_the_model_hears(writer: ServedModel, pipeline: Any) -> None:
    for sound, answer in zip(SHORT, answers(writer, SHORT, return_timestamps=True), strict=True):
        expected = pipeline(sound.copy(), generate_kwargs=PLAIN, return_timestamps=True, return_language=True)
        assert {answer["language"]} == {piece["language"] for piece in expected["chunks"]}


def test_a_prompt_is_the_models_own(writer: ServedModel, pipeline: Any) -> None:
    ids = pipeline.tokenizer.get_prompt_ids("Ada and Bob", return_tensors="pt")
    [answer] = answers(writer, SHORT[:1], prompt="Ada and Bob")
    [without] = answers(writer, SHORT[:1])
    assert answer["text"] == pipeline(SHORT[0].copy(), generate_kwargs={**PLAIN, "prompt_ids": ids})["text"]
    assert answer != without


def test_parameters_in_an_object_of_their_own(writer: ServedModel) -> None:
    [short] = answers(writer, SHORT[:1], max_new_tokens=3)
    for name in ("generation_parameters", "generate_kwargs"):
        assert answers(writer, SHORT[:1], **{name: {"max_new_tokens": 3}}) == [short]
    assert answers(writer, SHORT[:1]) != [short]


def test_draws_are_the_same_for_the_same_seed_and_in_any_company(writer: ServedModel) -> None:
    params = {"temperature": 1.5, "seed": 5}
    together = answers(writer, SHORT, **params)
    assert [answers(writer, [sound], **params)[0] for sound in SHORT] == together
    assert answers(writer, SHORT, **{**params, "seed": 6}) != together
    assert answers(writer, SHORT) != together


def test_what_nobody_waits_for_is_left(writer: ServedModel) -> None:
    items = writer.items([sound_file(sound, subtype="FLOAT") for sound in SHORT], [{"max_new_tokens": 40}] * 4)
    told = write(writer.task, items, writer.rows(items), writer.kit, writer.engine, leave={1: 3})
    expected = answers(writer, SHORT, max_new_tokens=40)
    assert [done.output for _, done in told][2:] == expected[2:]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"language": "klingon"}, "language"),
        ({"language": "fr"}, "language"),
        ({"return_timestamps": "char"}, "return_timestamps"),
        ({"chunk_length_s": 31.0}, "chunk_length_s"),
        ({"max_new_tokens": 61}, "max_new_tokens"),
        ({"prompt": "<|en|>"}, "prompt"),
    ],
)
def test_what_the_model_cannot_do_is_refused(writer: ServedModel, params: dict[str, Any], field: str) -> None:
    items = writer.items([sound_file(SHORT[0])] * 2, [params, {}])
    refused, fine = writer.task.expand(items, writer.kit)
    assert isinstance(refused, InvalidInput) and refused.field == field
    assert isinstance(fine, list)


def test_a_sound_is_not_heard_in_thousands_of_parts(writer: ServedModel) -> None:
    """Each of them would be made as long as half a minute."""
    finest = {"chunk_length_s": 1.0, "stride_length_s": 0.375}
    [refused] = writer.task.expand(writer.items([sound_file(samples(0, 65.0))], [finest]), writer.kit)
    assert isinstance(refused, InvalidInput) and refused.field == "chunk_length_s"
    assert "heard in 257 parts, and 256 are the most" in refused.message


def test_a_sound_too_short_for_a_model_of_stretches_is_refused(folders: dict[str, Path]) -> None:
    plain = ServedModel(folders["speech-to-text"], WORD)
    short, fine = plain.task.expand(
        plain.items([sound_file(samples(0, 0.05)), sound_file(SHORT[1])], [{}] * 2), plain.kit
    )
    assert isinstance(short, InvalidInput) and "0.050 s, which is too short" in short.message
    assert isinstance(fine, list)


def test_a_model_without_times_is_as_its_pipeline(folders: dict[str, Path]) -> None:
    from transformers import pipeline

    plain = ServedModel(folders["speech-to-text"], WORD)
    own = pipeline(WORD, str(folders["speech-to-text"]), device="cpu")
    for sound in SHORT:
        [answer] = answers(plain, [sound], max_new_tokens=10)
        expected = own(sound.copy(), generate_kwargs={"num_beams": 1, "max_new_tokens": 10})
        assert answer == {"text": expected["text"]}
    items = plain.items([sound_file(SHORT[0])], [{"return_timestamps": True}])
    [refused] = plain.task.expand(items, plain.kit)
    assert isinstance(refused, InvalidInput) and refused.field == "return_timestamps"
