"""Image classification against transformers' own pipeline."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import InvalidInput
from tests.media import file_of, picture
from tests.served_model import ServedModel

PICTURES = [picture(0), picture(1, 31, 64), picture(2, 200, 120), picture(3, 8, 8)]
FILES = [file_of(each) for each in PICTURES]


@pytest.fixture(scope="module")
def seer(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["vit"], "image-classification")


@pytest.fixture(scope="module")
def pipeline(folders: dict[str, Path]) -> Any:
    from transformers import pipeline

    return pipeline("image-classification", str(folders["vit"]), device="cpu")


@pytest.mark.parametrize("function", [None, "softmax", "sigmoid", "none"])
def test_scores_are_the_pipelines(seer: ServedModel, pipeline: Any, function: str | None) -> None:
    more = {} if function is None else {"function_to_apply": function}
    for image, answer in zip(PICTURES, seer.predict(FILES, **more), strict=True):
        expected = pipeline(image, **more)
        assert [each["label"] for each in answer] == [each["label"] for each in expected]
        assert [each["score"] for each in answer] == pytest.approx([each["score"] for each in expected], abs=1e-4)


def test_company_changes_nothing(seer: ServedModel) -> None:
    for file, together in zip(FILES, seer.predict(FILES), strict=True):
        [alone] = seer.predict([file])
        assert [each["score"] for each in together] == pytest.approx([each["score"] for each in alone], abs=1e-5)


def test_a_broken_image_harms_no_other(seer: ServedModel) -> None:
    items = seer.items([FILES[0], b"no image", FILES[1]], [{}] * 3)
    first, broken, last = seer.task.expand(items, seer.kit)
    assert isinstance(first, list) and isinstance(last, list)
    assert isinstance(broken, InvalidInput)


def test_top_k(seer: ServedModel) -> None:
    [two] = seer.predict(FILES[:1], top_k=2)
    assert len(two) == 2 and two[0]["score"] >= two[1]["score"]


def test_large_images_are_decoded_one_after_the_other(seer: ServedModel) -> None:
    """Together they are never larger than one of them may be, and the answers are the same."""
    calls: list[int] = []

    def counted(images: Any, **settings: Any) -> Any:
        calls.append(len(images))
        return seer.kit.image_processor(images=images, **settings)

    kit = replace(seer.kit, image_processor=counted, max_pixels=200 * 120)
    files = [FILES[2], b"no image", *FILES[:2], FILES[2], FILES[3]]
    rows = seer.task.expand(seer.items(files, [{}] * len(files)), kit)
    expected = seer.task.expand(seer.items(files, [{}] * len(files)), seer.kit)
    assert calls == [1, 2, 1, 1]
    for one, other in zip(rows, expected, strict=True):
        assert isinstance(one, list) == isinstance(other, list)
        if isinstance(one, list) and isinstance(other, list):
            assert (one[0].arrays["pixel_values"] == other[0].arrays["pixel_values"]).all()
