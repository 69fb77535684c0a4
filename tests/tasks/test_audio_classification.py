"""Audio classification against transformers' own pipeline."""

from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import InvalidInput
from tests.media import samples, sound_file
from tests.served_model import ServedModel

SOUNDS = [samples(0), samples(1, 0.31), samples(2, 1.2), samples(3, 0.05), samples(4)]
FILES = [sound_file(each, subtype="FLOAT") for each in SOUNDS]
KINDS = ("wav2vec2", "wav2vec2-group", "ast")


@pytest.fixture(scope="module", params=KINDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def listener(folders: dict[str, Path], name: str) -> ServedModel:
    return ServedModel(folders[name], "audio-classification")


@pytest.fixture(scope="module")
def pipeline(folders: dict[str, Path], name: str) -> Any:
    from transformers import pipeline

    return pipeline("audio-classification", str(folders[name]), device="cpu")


def by_company(listener: ServedModel, files: list[bytes]) -> list[list[int]]:
    """Which of the files may share a forward."""
    rows = listener.rows(listener.items(files, [{}] * len(files)))
    groups = {row.group: [n for n, other in enumerate(rows) if other.group == row.group] for row in rows}
    return list(groups.values())


@pytest.mark.parametrize("more", [{}, {"function_to_apply": "sigmoid"}, {"function_to_apply": "none", "top_k": 2}])
def test_scores_are_the_pipelines(listener: ServedModel, pipeline: Any, more: dict[str, Any]) -> None:
    for places in by_company(listener, FILES):
        answers = listener.predict([FILES[place] for place in places], **more)
        for place, answer in zip(places, answers, strict=True):
            expected = pipeline(SOUNDS[place], **more)
            assert [each["label"] for each in answer] == [each["label"] for each in expected]
            assert [each["score"] for each in answer] == pytest.approx([each["score"] for each in expected], abs=1e-4)


def test_what_shares_a_forward(listener: ServedModel, name: str) -> None:
    by_length = [[0, 4], [1], [2], [3]]
    assert by_company(listener, FILES) == (by_length if name == "wav2vec2-group" else [[0, 1, 2, 3, 4]])


def test_a_broken_sound_harms_no_other(listener: ServedModel) -> None:
    items = listener.items([FILES[0], b"no sound", FILES[1]], [{}] * 3)
    first, broken, last = listener.task.expand(items, listener.kit)
    assert isinstance(first, list) and isinstance(last, list)
    assert isinstance(broken, InvalidInput)


def test_a_sound_too_short_for_an_extractor_of_stretches_is_refused(folders: dict[str, Path]) -> None:
    listener = ServedModel(folders["ast"], "audio-classification")
    with pytest.raises(InvalidInput, match=r"the sound lasts 0\.001 s, which is too short for this model"):
        listener.task.expand(listener.items([sound_file(samples(0, 0.001))], [{}]), listener.kit)


def test_a_sound_too_short_to_hear_anything_is_refused(folders: dict[str, Path]) -> None:
    listener = ServedModel(folders["wav2vec2"], "audio-classification")
    short = sound_file(samples(0, 0.001))
    [refused] = listener.task.expand(listener.items([short], [{}]), listener.kit)
    assert isinstance(refused, InvalidInput)
    assert refused.message == "the sound lasts 0.001 s, which is too short for this model"


def test_another_rate_and_two_channels_are_the_same_sound(folders: dict[str, Path]) -> None:
    import numpy as np

    listener = ServedModel(folders["wav2vec2"], "audio-classification")
    stereo = np.stack([SOUNDS[0], SOUNDS[0]], axis=1)
    one, two = listener.predict([FILES[0], sound_file(stereo, subtype="FLOAT")])
    assert one == two
