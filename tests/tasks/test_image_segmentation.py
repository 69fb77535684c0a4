"""Image segmentation against transformers' own pipeline, for each kind of model and of segments."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from serve_app.errors import InvalidInput, ModelCannotLoad
from serve_app.tasks.media import drawing
from serve_app.tasks.media.drawing import affordable, mask_file
from tests.media import file_of, picture
from tests.served_model import ServedModel

PICTURES = [picture(0), picture(1, 31, 64), picture(2, 200, 120), picture(4, 40, 30)]
FILES = [file_of(each) for each in PICTURES]
UNIVERSAL = ("detr-panoptic", "maskformer", "mask2former")
SUBTASKS = ("panoptic", "instance", "semantic")
CASES = [("segformer", None), ("segformer", "semantic"), *((kind, each) for kind in UNIVERSAL for each in SUBTASKS)]
SURE = {"threshold": 0.5, "mask_threshold": 0.4, "overlap_mask_area_threshold": 0.2}


class Served:
    """Each model and its pipeline, loaded once."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self._folders = folders
        self._models: dict[str, ServedModel] = {}
        self._pipelines: dict[str, Any] = {}

    def model(self, kind: str) -> ServedModel:
        if kind not in self._models:
            self._models[kind] = ServedModel(self._folders[kind], "image-segmentation")
        return self._models[kind]

    def expected(self, kind: str, image: Any, **params: Any) -> Any:
        from transformers import pipeline

        if kind not in self._pipelines:
            self._pipelines[kind] = pipeline("image-segmentation", str(self._folders[kind]), device="cpu")
        return self._pipelines[kind](image, **params)


@pytest.fixture(scope="module")
def served(folders: dict[str, Path]) -> Served:
    return Served(folders)


def pixels(mask: Any) -> NDArray[Any]:
    file = Image.open(io.BytesIO(mask.data))
    assert (file.mode, file.format, mask.media_type) == ("L", "PNG", "image/png")
    return np.asarray(file)


@pytest.mark.parametrize(("kind", "subtask"), CASES)
@pytest.mark.parametrize("sure", [{}, SURE])
def test_segments_are_the_pipelines(served: Served, kind: str, subtask: str | None, sure: dict[str, float]) -> None:
    params = sure | ({"subtask": subtask} if subtask else {})
    found = 0
    for file, image in zip(FILES, PICTURES, strict=True):
        [answer] = served.model(kind).predict([file], **params)
        expected = served.expected(kind, image, **params)
        assert [each["label"] for each in answer] == [each["label"] for each in expected]
        for one, other in zip(answer, expected, strict=True):
            assert ("score" in one) == (other["score"] is not None)
            assert one.get("score") == pytest.approx(other["score"], abs=1e-4)
            assert (pixels(one["mask"]) == np.asarray(other["mask"])).all()
            assert pixels(one["mask"]).shape == image.size[::-1]
        found += len(answer)
    assert found or not sure


@pytest.mark.parametrize(("kind", "subtask"), CASES[1:])
def test_company_changes_nothing(served: Served, kind: str, subtask: str) -> None:
    """Of a mask, a pixel in five hundred may lie so near the border that the order of a sum decides."""
    model, params = served.model(kind), {**SURE, "subtask": subtask}
    rows = model.rows(model.items(FILES, [params] * len(FILES)))
    for group in {row.group for row in rows}:
        files = [file for file, row in zip(FILES, rows, strict=True) if row.group == group]
        for file, together in zip(files, model.predict(files, **params), strict=True):
            [alone] = model.predict([file], **params)
            assert [each["label"] for each in together] == [each["label"] for each in alone]
            for one, other in zip(together, alone, strict=True):
                assert one.get("score") == pytest.approx(other.get("score"), abs=1e-4)
                assert np.mean(pixels(one["mask"]) != pixels(other["mask"])) < 0.002


def test_a_subtask_that_the_model_cannot_do_names_what_it_can(served: Served) -> None:
    with pytest.raises(InvalidInput, match="this model makes no instance segments: it makes semantic ones") as caught:
        served.model("segformer").predict(FILES[:1], subtask="instance")
    assert caught.value.field == "subtask"


def test_a_broken_image_harms_no_other(served: Served) -> None:
    model = served.model("maskformer")
    first, broken, last = model.task.expand(model.items([FILES[0], b"no image", FILES[2]], [{}] * 3), model.kit)
    assert isinstance(broken, InvalidInput)
    assert isinstance(first, list) and first[0].about == (40, 30)
    assert isinstance(last, list) and last[0].about == (200, 120)


def test_a_processor_that_makes_no_masks_is_refused(served: Served, folders: dict[str, Path]) -> None:
    kit = ServedModel(folders["vit"], "image-classification").kit
    with pytest.raises(ModelCannotLoad, match="image-segmentation needs an image processor that makes masks"):
        served.model("segformer").task.check(kit)


@pytest.mark.parametrize(
    ("size", "layers", "expected"),
    [((4000, 3000), 3, (4000, 3000)), ((4000, 3000), 150, (1544, 1158)), ((10_000_000, 1), 150, (1789569, 1))],
)
def test_more_numbers_than_fit_into_memory_are_not_made(
    size: tuple[int, int], layers: int, expected: tuple[int, int]
) -> None:
    assert affordable(size, layers) == expected


def test_masks_of_a_smaller_picture_are_made_as_large_as_the_image(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = served.model("segformer").predict([FILES[2]])[0]
    monkeypatch.setattr(drawing, "_PIXELS_AT_ONCE", 3 * 100 * 60)
    smaller = served.model("segformer").predict([FILES[2]])[0]
    assert [each["label"] for each in smaller] == [each["label"] for each in whole]
    for one, other in zip(smaller, whole, strict=True):
        assert pixels(one["mask"]).shape == (120, 200)
        assert np.mean(pixels(one["mask"]) != pixels(other["mask"])) < 0.03


def test_a_mask_is_white_where_it_is_true() -> None:
    mask = np.array([[True, False, False], [False, True, True]])
    assert pixels(mask_file(mask, (3, 2))).tolist() == [[255, 0, 0], [0, 255, 255]]
    assert pixels(mask_file(mask, (6, 2))).tolist() == [[255, 255, 0, 0, 0, 0], [0, 0, 255, 255, 255, 255]]
