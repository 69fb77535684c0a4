"""Speech recognition letter by letter (CTC), against transformers' own pipeline."""

from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import InvalidInput
from tests.media import samples, sound_file
from tests.served_model import ServedModel
from tests.tasks.test_audio_classification import by_company

WORD = "automatic-speech-recognition"
SOUNDS = [samples(0, 0.5), samples(1, 0.31), samples(2, 1.2), samples(3, 0.9), samples(4, 0.5)]
FILES = [sound_file(each, subtype="FLOAT") for each in SOUNDS]


@pytest.fixture(scope="module", params=["wav2vec2-ctc", "wav2vec2-ctc-group"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def writer(folders: dict[str, Path], name: str) -> ServedModel:
    return ServedModel(folders[name], WORD)


@pytest.fixture(scope="module")
def pipeline(folders: dict[str, Path], name: str) -> Any:
    from transformers import pipeline

    return pipeline(WORD, str(folders[name]), device="cpu")


def pieces(expected: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"text": each["text"], "timestamp": pytest.approx(list(each["timestamp"]))} for each in expected["chunks"]]


@pytest.mark.parametrize("unit", [None, "word", "char"])
def test_text_and_times_are_the_pipelines(writer: ServedModel, pipeline: Any, unit: str | None) -> None:
    more = {} if unit is None else {"return_timestamps": unit}
    texts = set()
    for places in by_company(writer, FILES):
        for place, answer in zip(places, writer.predict([FILES[place] for place in places], **more), strict=True):
            expected = pipeline(SOUNDS[place].copy(), **more)
            texts.add(answer["text"])
            assert answer["text"] == expected["text"]
            assert answer.get("chunks", []) == (pieces(expected) if unit else [])
            assert answer.get("duration") == (len(SOUNDS[place]) / 16_000 if unit else None)
    assert len(texts) == len(SOUNDS)


def test_company(writer: ServedModel, name: str) -> None:
    by_length = [[0, 4], [1], [2], [3]]
    assert by_company(writer, FILES) == (by_length if name == "wav2vec2-ctc-group" else [[0, 1, 2, 3, 4]])


@pytest.mark.parametrize("edges", [{}, {"stride_length_s": 0.3}, {"stride_length_s": [0.5, 0.1]}])
def test_parts_and_their_seams_are_the_pipelines(writer: ServedModel, pipeline: Any, edges: dict[str, Any]) -> None:
    more = {"chunk_length_s": 1.0, "return_timestamps": "word", **edges}
    for sound in (samples(5, 4.3), SOUNDS[2], SOUNDS[0]):
        [answer] = writer.predict([sound_file(sound, subtype="FLOAT")], **more)
        expected = pipeline(sound.copy(), **more)
        assert answer["text"] == expected["text"]
        assert answer["chunks"] == pieces(expected)
        assert answer["duration"] == len(sound) / 16_000


def test_more_than_half_a_minute_is_heard_in_parts(writer: ServedModel, pipeline: Any) -> None:
    sound = samples(6, 34.0)
    [answer] = writer.predict([sound_file(sound, subtype="FLOAT")])
    assert answer == {"text": pipeline(sound.copy(), chunk_length_s=30)["text"]}
    assert len(writer.expanded(writer.items([sound_file(sound)], [{}]))[0]) == 2


def test_true_means_the_times_of_words(writer: ServedModel) -> None:
    assert writer.predict(FILES[:1], return_timestamps=True) == writer.predict(FILES[:1], return_timestamps="word")


def test_a_broken_sound_and_a_parameter_of_other_models_harm_no_other(writer: ServedModel) -> None:
    items = writer.items([FILES[0], b"no sound", FILES[1], FILES[2]], [{}, {}, {"language": "en"}, {}])
    first, broken, refused, last = writer.task.expand(items, writer.kit)
    assert isinstance(first, list) and isinstance(last, list)
    assert isinstance(broken, InvalidInput)
    assert isinstance(refused, InvalidInput) and refused.field == "language"


@pytest.mark.parametrize(
    "params",
    [
        {"stride_length_s": 1.0},
        {"chunk_length_s": 2.0, "stride_length_s": 1.0},
        {"chunk_length_s": 0.5},
        {"chunk_length_s": 61.0},
        {"chunk_length_s": 10.0, "stride_length_s": [1.0, 1.0, 1.0]},
        {"return_timestamps": "sentence"},
    ],
)
def test_parameters_out_of_bounds(writer: ServedModel, params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"stride_length_s|chunk_length_s|return_timestamps"):
        writer.task.Params.model_validate(params)
