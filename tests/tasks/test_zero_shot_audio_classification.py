"""Zero-shot audio classification against transformers' own pipeline."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serve_app.errors import InputTooLong, InvalidInput, ModelCannotLoad
from tests.media import samples, sound_file
from tests.served_model import ServedModel

# The last one is longer than what the model listens to.
SOUNDS = [samples(0), samples(1, 0.31), samples(2, 0.9), samples(3, 1.7)]
FILES = [sound_file(each, subtype="FLOAT") for each in SOUNDS]
LABELS = ["a bell", "rain on a roof, for a long time", "wind"]


@pytest.fixture(scope="module", params=["clap", "clap-fused"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def listener(folders: dict[str, Path], name: str) -> ServedModel:
    return ServedModel(folders[name], "zero-shot-audio-classification")


@pytest.fixture(scope="module")
def pipeline(folders: dict[str, Path], name: str) -> Any:
    from transformers import pipeline

    return pipeline("zero-shot-audio-classification", str(folders[name]), device="cpu")


@pytest.mark.parametrize("more", [{}, {"hypothesis_template": "one hears {}"}])
def test_scores_are_the_pipelines(listener: ServedModel, pipeline: Any, more: dict[str, Any]) -> None:
    for sound, answer in zip(SOUNDS, listener.predict(FILES, candidate_labels=LABELS, **more), strict=True):
        np.random.seed(0)  # which part of a long sound is heard
        expected = pipeline(sound, candidate_labels=LABELS, **more)
        assert [each["label"] for each in answer] == [each["label"] for each in expected]
        assert [each["score"] for each in answer] == pytest.approx([each["score"] for each in expected], abs=1e-4)


def test_company_with_other_labels_changes_nothing(listener: ServedModel) -> None:
    params = [{"candidate_labels": labels} for labels in (LABELS, ["wind"], LABELS[::-1], "a bell, a car, wind")]
    for file, own, together in zip(FILES, params, listener.predict_each(FILES, params), strict=True):
        [alone] = listener.predict([file], **own)
        assert [each["label"] for each in together] == [each["label"] for each in alone]
        assert [each["score"] for each in together] == pytest.approx([each["score"] for each in alone], abs=1e-5)


def test_texts_are_read_once_for_all_sounds(listener: ServedModel) -> None:
    rows = listener.rows(listener.items(FILES, [{"candidate_labels": LABELS}] * len(FILES)))
    assert len(listener.task.collate(rows, listener.kit)["input_ids"]) == len(LABELS)  # type: ignore[attr-defined]


def test_the_same_part_of_a_long_sound_is_heard_every_time(listener: ServedModel) -> None:
    one, two = listener.predict([FILES[3], FILES[3]], candidate_labels=LABELS)
    assert one == two


def test_a_broken_sound_and_a_label_too_long_harm_no_other(listener: ServedModel) -> None:
    params = [{"candidate_labels": labels} for labels in (LABELS, LABELS, ["word " * 190], LABELS)]
    items = listener.items([FILES[0], b"no sound", FILES[1], FILES[2]], params)
    first, broken, long, last = listener.task.expand(items, listener.kit)
    assert isinstance(first, list) and isinstance(last, list)
    assert isinstance(broken, InvalidInput)
    assert isinstance(long, InputTooLong) and long.field == "candidate_labels"


def test_a_model_of_another_kind_is_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(ModelCannotLoad):
        ServedModel(folders["wav2vec2"], "zero-shot-audio-classification")
