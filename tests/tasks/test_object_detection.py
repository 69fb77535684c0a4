"""Object detection against transformers' own pipeline, for each kind of detector."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from serve_app.errors import InvalidInput, ModelCannotLoad
from serve_app.tasks.media.boxes import Detection
from tests.media import file_of, picture
from tests.served_model import ServedModel

PICTURES = [picture(0), picture(1, 31, 64), picture(2, 200, 120), picture(3, 60, 200), picture(4, 40, 30)]
FILES = [file_of(each) for each in PICTURES]
KINDS = ("detr", "conditional-detr", "deformable-detr", "rt-detr", "yolos")


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def finder(kind: str, folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders[kind], "object-detection")


@pytest.fixture(scope="module")
def pipeline(kind: str, folders: dict[str, Path]) -> Any:
    from transformers import pipeline

    return pipeline("object-detection", str(folders[kind]), device="cpu")


def same(found: list[Detection], expected: list[Detection], pixels: int) -> None:
    assert [each["label"] for each in found] == [each["label"] for each in expected]
    assert [each["score"] for each in found] == pytest.approx([each["score"] for each in expected], abs=1e-4)
    for one, other in zip(found, expected, strict=True):
        assert dict(one["box"]) == pytest.approx(dict(other["box"]), abs=pixels)


@pytest.mark.parametrize("threshold", [None, 0.2, 0.9])
def test_objects_are_the_pipelines(finder: ServedModel, pipeline: Any, threshold: float | None) -> None:
    more = {} if threshold is None else {"threshold": threshold}
    answers = [finder.predict([file], **more)[0] for file in FILES]
    assert max(len(answer) for answer in answers) > 0
    for image, answer in zip(PICTURES, answers, strict=True):
        same(answer, pipeline(image, **more), pixels=0)


def test_company_changes_nothing(finder: ServedModel) -> None:
    rows = finder.rows(finder.items(FILES, [{}] * len(FILES)))
    assert rows[0].group == rows[4].group, "images of one size share a forward"
    for group in {row.group for row in rows}:
        files = [file for file, row in zip(FILES, rows, strict=True) if row.group == group]
        for file, together in zip(files, finder.predict(files, threshold=0.1), strict=True):
            [alone] = finder.predict([file], threshold=0.1)
            same(together, alone, pixels=1)


def test_rows_of_mixed_sizes_are_those_made_alone(finder: ServedModel) -> None:
    together = finder.rows(finder.items(FILES, [{}] * len(FILES)))
    for file, row in zip(FILES, together, strict=True):
        [alone] = finder.rows(finder.items([file], [{}]))
        assert row.group == alone.group and row.about == alone.about
        assert row.arrays.keys() == alone.arrays.keys()
        assert all((row.arrays[name] == alone.arrays[name]).all() for name in row.arrays)


def test_a_broken_image_harms_no_other(finder: ServedModel) -> None:
    items = finder.items([FILES[0], b"no image", FILES[2]], [{}] * 3)
    first, broken, last = finder.task.expand(items, finder.kit)
    assert isinstance(broken, InvalidInput)
    assert isinstance(first, list) and first[0].about == (40, 30)
    assert isinstance(last, list) and last[0].about == (200, 120)


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan"), "0.5", True])
def test_a_threshold_is_a_share(finder: ServedModel, threshold: Any) -> None:
    with pytest.raises(ValidationError, match="threshold"):
        finder.task.Params.model_validate({"threshold": threshold})


def test_a_processor_that_knows_no_boxes_is_refused(finder: ServedModel, folders: dict[str, Path]) -> None:
    kit = ServedModel(folders["vit"], "image-classification").kit
    with pytest.raises(ModelCannotLoad, match="object-detection needs an image processor with post_process_object"):
        finder.task.check(kit)


def test_an_image_too_narrow_for_the_processor_is_the_callers_fault(folders: dict[str, Path]) -> None:
    finder = ServedModel(folders["yolos"], "object-detection")
    with pytest.raises(InvalidInput, match="an image of 12 x 300 pixels is too small or too narrow for this model"):
        finder.predict([file_of(picture(3, 12, 300))])
