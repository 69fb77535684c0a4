"""Zero-shot object detection against transformers' own pipeline."""

from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import InputTooLong, InvalidInput
from serve_app.tasks.media.boxes import Detection
from tests.media import file_of, picture
from tests.served_model import ServedModel

PICTURES = [picture(0), picture(1, 31, 64), picture(2, 200, 120), picture(0)]
FILES = [file_of(each) for each in PICTURES]
ASKED: list[dict[str, Any]] = [
    {"candidate_labels": ["cats", "a good day", "cat"]},
    {"candidate_labels": ["dogs", "cats"], "threshold": 0.0, "top_k": 5},
    {"candidate_labels": ["cats"], "threshold": 0.4},
    {"candidate_labels": ["a", "day", "cats", "dogs"], "threshold": 0.3},
]


@pytest.fixture(scope="module", params=["owlvit", "owlv2", "grounding-dino"])
def folder(folders: dict[str, Path], request: pytest.FixtureRequest) -> Path:
    return folders[request.param]


@pytest.fixture(scope="module")
def finder(folder: Path) -> ServedModel:
    return ServedModel(folder, "zero-shot-object-detection")


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> Any:
    from transformers import pipeline

    return pipeline("zero-shot-object-detection", str(folder), device="cpu", image_processor_backend="pil")


def test_objects_are_the_pipelines_in_one_batch_of_different_labels(finder: ServedModel, pipeline: Any) -> None:
    answers = finder.predict_each(FILES, ASKED)
    for image, asked, answer in zip(PICTURES, ASKED, answers, strict=True):
        alike(answer, pipeline(image, **asked))
    assert all(answers[:2]), "nothing was found, so nothing was compared"


def test_company_changes_nothing(finder: ServedModel) -> None:
    for file, asked, together in zip(FILES, ASKED, finder.predict_each(FILES, ASKED), strict=True):
        alike(together, finder.predict([file], **asked)[0], within=1e-5)


def test_a_high_threshold_and_few_objects(finder: ServedModel) -> None:
    [[best]] = finder.predict(FILES[:1], candidate_labels=["cats", "dogs"], threshold=0, top_k=1)
    [nothing] = finder.predict(FILES[:1], candidate_labels=["cats", "dogs"], threshold=1)
    [others] = finder.predict(FILES[:1], candidate_labels=["cats", "dogs"], threshold=0)
    assert nothing == []
    assert best == others[0] and len(others) > 1


def test_a_broken_image_and_a_long_label_harm_no_other(finder: ServedModel) -> None:
    asked = [ASKED[0], ASKED[0], {"candidate_labels": ["so " * 150]}, ASKED[0]]
    first, broken, long, last = finder.task.expand(finder.items([FILES[0], b"no image", *FILES[2:]], asked), finder.kit)
    assert isinstance(first, list) and isinstance(last, list)
    assert isinstance(broken, InvalidInput)
    assert isinstance(long, InputTooLong) and long.field == "candidate_labels"


def alike(found: list[Detection], expected: list[Any], within: float = 1e-4) -> None:
    """Equal scores may stand in any order."""
    assert [each["score"] for each in found] == pytest.approx([each["score"] for each in expected], abs=within)
    assert sorted(map(_told, found)) == sorted(map(_told, expected))


def _told(detection: Any) -> tuple[str, list[int]]:
    return detection["label"], list(detection["box"].values())
