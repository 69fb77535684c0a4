"""Depth estimation against transformers' own pipeline, for images that are squeezed and for images that are not."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from serve_app.errors import InvalidInput, ModelCannotLoad, ModelFault
from serve_app.tasks import depth_estimation
from serve_app.tasks.base import RowTask
from tests.media import file_of, picture
from tests.served_model import ServedModel

PICTURES = [picture(0, 40, 33), picture(1, 35, 64), picture(2, 200, 120), picture(4, 40, 33)]
FILES = [file_of(each) for each in PICTURES]


@pytest.fixture(scope="module", params=["dpt", "depth-anything", "glpn"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def seer(kind: str, folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders[kind], "depth-estimation")


@pytest.fixture(scope="module")
def pipeline(kind: str, folders: dict[str, Path]) -> Any:
    from transformers import pipeline

    return pipeline("depth-estimation", str(folders[kind]), device="cpu")


def shades(answer: Any) -> NDArray[Any]:
    file = Image.open(io.BytesIO(answer["depth"].data))
    assert (file.mode, file.format) == ("L", "PNG")
    return np.asarray(file, dtype=np.int64)


def test_depths_are_the_pipelines(seer: ServedModel, pipeline: Any) -> None:
    for file, image in zip(FILES, PICTURES, strict=True):
        [answer] = seer.predict([file], predicted_depth=True)
        expected = pipeline(image)
        assert answer["predicted_depth"] == pytest.approx(expected["predicted_depth"].numpy(), abs=1e-4)
        assert (shades(answer) == np.asarray(expected["depth"])).all()
        assert (shades(answer).min(), shades(answer).max()) == (0, 255)
        assert shades(answer).shape == image.size[::-1]


@pytest.mark.parametrize("size", [(1, 1), (40, 1), (1, 40)])
def test_an_image_of_one_pixel_in_width_or_height_keeps_its_shape(folders: dict[str, Path], size: Any) -> None:
    seer = ServedModel(folders["dpt"], "depth-estimation")
    [answer] = seer.predict([file_of(picture(0, *size))], predicted_depth=True)
    assert shades(answer).shape == np.shape(answer["predicted_depth"]) == size[::-1]


def test_company_changes_nothing(seer: ServedModel) -> None:
    rows = seer.rows(seer.items(FILES, [{}] * len(FILES)))
    assert rows[0].group == rows[3].group
    for group in {row.group for row in rows}:
        files = [file for file, row in zip(FILES, rows, strict=True) if row.group == group]
        for file, together in zip(files, seer.predict(files, predicted_depth=True), strict=True):
            [alone] = seer.predict([file], predicted_depth=True)
            assert together["predicted_depth"] == pytest.approx(alone["predicted_depth"], abs=1e-4)
            assert np.abs(shades(together) - shades(alone)).max() <= 1


def test_the_numbers_are_left_out_unless_asked_for(seer: ServedModel) -> None:
    [answer] = seer.predict(FILES[:1])
    assert answer.keys() == {"depth"}


def test_too_many_numbers_are_refused(seer: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depth_estimation, "_MOST_NUMBERS", 200 * 120 - 1)
    with pytest.raises(InvalidInput, match="up to 23999 pixels, and this one has 200 x 120") as caught:
        seer.predict([FILES[2]], predicted_depth=True)
    assert caught.value.field == "predicted_depth"
    assert len(seer.predict([FILES[2]])) == len(seer.predict(FILES[:1], predicted_depth=True)) == 1


def test_a_broken_image_harms_no_other(seer: ServedModel) -> None:
    first, broken, last = seer.task.expand(seer.items([FILES[0], b"no image", FILES[2]], [{}] * 3), seer.kit)
    assert isinstance(broken, InvalidInput)
    assert isinstance(first, list) and first[0].about == (40, 33)
    assert isinstance(last, list) and last[0].about == (200, 120)


@pytest.mark.parametrize(("value", "outcome"), [(3.5, 0), (float("nan"), ModelFault)])
def test_depths_without_a_difference(seer: ServedModel, value: float, outcome: Any) -> None:
    items = seer.items(FILES[:1], [{}])
    rows = seer.rows(items)
    outputs = {"predicted_depth": np.full(rows[0].arrays["pixel_values"].shape[1:], value, dtype=np.float32)}
    assert isinstance(seer.task, RowTask)
    if outcome is ModelFault:
        with pytest.raises(ModelFault):
            seer.task.join(items[0], rows, [outputs], seer.kit)
    else:
        assert (shades(seer.task.join(items[0], rows, [outputs], seer.kit)) == outcome).all()


def test_what_cannot_be_served_is_refused(seer: ServedModel, folders: dict[str, Path]) -> None:
    kit = ServedModel(folders["vit"], "image-classification").kit
    with pytest.raises(ModelCannotLoad, match="needs an image processor with post_process_depth_estimation"):
        seer.task.check(kit)
    with pytest.raises(ModelCannotLoad, match="ZoeDepth needs torchvision for its last step: choose a DPT"):
        seer.task.check(replace(seer.kit, whole_config={"model_type": "zoedepth"}))


def test_an_image_smaller_than_the_models_grid_is_the_callers_fault(folders: dict[str, Path]) -> None:
    model = ServedModel(folders["glpn"], "depth-estimation")
    with pytest.raises(InvalidInput, match="an image of 20 x 40 pixels is too small or too narrow"):
        model.predict([file_of(picture(0, 20, 40))])
