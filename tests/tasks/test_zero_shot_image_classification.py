"""Zero-shot image classification against transformers' own pipeline."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import InputTooLong, InvalidInput, ModelCannotLoad
from serve_app.tasks.base import RowTask
from serve_app.tasks.media.examples import IMAGE
from tests.media import file_of, picture
from tests.replica.marking import taken
from tests.served_model import ServedModel

PICTURES = [picture(0), picture(1, 31, 64), picture(2, 200, 120), picture(3, 8, 8)]
FILES = [file_of(each) for each in PICTURES]
LABELS = ["a good day", "cats", "many people by the sea"]
ASKED: list[dict[str, Any]] = [
    {"candidate_labels": LABELS},
    {"candidate_labels": ["dogs", "cats"], "hypothesis_template": "so {}!"},
    {"candidate_labels": ["cats"]},
    {"candidate_labels": ["a", *LABELS], "hypothesis_template": "{}"},
]


@pytest.fixture(scope="module", params=["clip", "siglip"])
def folder(folders: dict[str, Path], request: pytest.FixtureRequest) -> Path:
    return folders[request.param]


@pytest.fixture(scope="module")
def matcher(folder: Path) -> ServedModel:
    return ServedModel(folder, "zero-shot-image-classification")


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> Any:
    from transformers import pipeline

    return pipeline("zero-shot-image-classification", str(folder), device="cpu", image_processor_backend="pil")


def test_scores_are_the_pipelines_in_one_batch_of_different_labels(matcher: ServedModel, pipeline: Any) -> None:
    for image, asked, answer in zip(PICTURES, ASKED, matcher.predict_each(FILES, ASKED), strict=True):
        expected = pipeline(image, **asked)
        assert [each["label"] for each in answer] == [each["label"] for each in expected]
        assert [each["score"] for each in answer] == pytest.approx([each["score"] for each in expected], abs=1e-4)


def test_images_differ(matcher: ServedModel) -> None:
    first, second, *_ = matcher.predict(FILES, candidate_labels=LABELS)
    assert [each["score"] for each in first] != pytest.approx([each["score"] for each in second], abs=1e-3)


def test_company_changes_nothing(matcher: ServedModel) -> None:
    for file, asked, together in zip(FILES, ASKED, matcher.predict_each(FILES, ASKED), strict=True):
        [alone] = matcher.predict([file], **asked)
        assert [each["score"] for each in together] == pytest.approx([each["score"] for each in alone], abs=1e-5)


def test_a_text_that_many_images_share_is_read_once(matcher: ServedModel) -> None:
    assert isinstance(matcher.task, RowTask)
    rows = matcher.rows(matcher.items(FILES, ASKED))
    distinct = 3 + 2 + 4  # the only label of the third is one of the first's
    assert len(matcher.task.collate(rows, matcher.kit)["input_ids"]) == distinct
    same = matcher.rows(matcher.items(FILES, ASKED[:1] * 4))
    assert len(matcher.task.collate(same, matcher.kit)["input_ids"]) == 3


def test_a_broken_image_and_a_long_label_harm_no_other(matcher: ServedModel) -> None:
    asked = [ASKED[0], ASKED[0], {"candidate_labels": ["so " * 80]}, ASKED[0]]
    first, broken, long, last = matcher.task.expand(
        matcher.items([FILES[0], b"no image", *FILES[2:]], asked), matcher.kit
    )
    assert isinstance(first, list) and isinstance(last, list)
    assert isinstance(broken, InvalidInput)
    assert isinstance(long, InputTooLong) and long.field == "candidate_labels"
    assert "and the model takes" in str(long)


def test_an_image_may_stand_by_itself_or_under_its_name(matcher: ServedModel) -> None:
    assert taken(matcher.task, IMAGE) == taken(matcher.task, {"image": IMAGE})


def test_a_model_of_patches_is_refused(matcher: ServedModel) -> None:
    class Patches:
        model_input_names = ("pixel_values", "pixel_attention_mask", "spatial_shapes")

    with pytest.raises(ModelCannotLoad, match="Patches makes pixel_attention_mask, spatial_shapes"):
        matcher.task.check(replace(matcher.kit, image_processor=Patches()))
