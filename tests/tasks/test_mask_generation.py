"""Mask generation against transformers' own pipeline, whose last step, which wants torchvision, is written out here."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from serve_app.errors import InvalidInput, ModelCannotLoad
from serve_app.tasks.media import point_masks
from serve_app.tasks.media.boxes import box_of
from serve_app.tasks.media.found_masks import bounds_of
from tests.media import file_of, picture
from tests.served_model import ServedModel, write

PICTURES = [picture(0, 90, 70), picture(1, 60, 130), picture(2, 200, 120)]
FILES = [file_of(each) for each in PICTURES]
FEW = {"points_per_crop": 6, "pred_iou_thresh": 0.5}
SETTINGS: list[dict[str, Any]] = [
    FEW,
    {**FEW, "crops_nms_thresh": 1.0},
    {**FEW, "mask_threshold": 60.0, "stability_score_offset": 0.5, "crops_nms_thresh": 0.9},
    {**FEW, "stability_score_thresh": 0.0, "points_per_batch": 5, "mask_threshold": 80.0},
    {**FEW, "pred_iou_thresh": 0.0, "crops_n_layers": 1, "crop_overlap_ratio": 0.2, "mask_threshold": 60.0},
]


@pytest.fixture(scope="module")
def maker(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["sam"], "mask-generation")


@pytest.fixture(scope="module")
def pipeline(folders: dict[str, Path]) -> Any:
    from transformers import pipeline

    made = pipeline("mask-generation", str(folders["sam"]), device="cpu")
    made.image_processor.post_process_for_mask_generation = one_by_one
    return made


def one_by_one(rles: Sequence[Mapping[str, Any]], scores: Any, boxes: Any, most: float) -> tuple[Any, Any, Any, Any]:
    """Each mask, the best first, unless it overlaps one that was taken before."""
    taken: list[int] = []
    for place in sorted(range(len(rles)), key=lambda place: -scores[place]):
        if all(overlap(boxes[place].tolist(), boxes[other].tolist()) <= most for other in taken):
            taken.append(place)
    masks = [decoded(rles[place]["counts"], *rles[place]["size"]) for place in taken]
    return masks, scores[taken], [rles[place] for place in taken], boxes[taken]


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    wide = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    high = max(0, min(one[3], other[3]) - max(one[1], other[1]))
    whole = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) - wide * high
    return wide * high / whole if whole else 0


def decoded(counts: Sequence[int], height: int, width: int) -> NDArray[Any]:
    runs = [np.full(count, number % 2 == 1) for number, count in enumerate(counts)]
    return np.concatenate(runs).reshape(width, height).T


def answers(maker: ServedModel, files: Sequence[bytes], **params: Any) -> list[Any]:
    items = maker.items(files, [params] * len(files))
    return [done.output for _, done in write(maker.task, items, maker.rows(items), maker.kit, maker.engine)]


def pixels(mask: Any) -> NDArray[Any]:
    file = Image.open(io.BytesIO(mask.data))
    assert (file.mode, file.format, mask.media_type) == ("L", "PNG", "image/png")
    return np.asarray(file)


@pytest.mark.parametrize("params", SETTINGS)
@pytest.mark.parametrize("which", range(len(PICTURES)))
def test_masks_are_the_pipelines(maker: ServedModel, pipeline: Any, params: dict[str, Any], which: int) -> None:
    [answer] = answers(maker, [FILES[which]], **params)
    expected = pipeline(PICTURES[which], output_bboxes_mask=True, **params)
    assert [each["score"] for each in answer] == pytest.approx(expected["scores"].tolist(), abs=1e-4)
    for one, mask, box in zip(answer, expected["masks"], expected["bounding_boxes"], strict=True):
        assert ((pixels(one["mask"]) == 255) == np.asarray(mask)).all()
        assert one["box"] == box_of(box.int().tolist())
        assert pixels(one["mask"]).shape == PICTURES[which].size[::-1]


def test_there_is_something_to_compare(maker: ServedModel) -> None:
    found = [len(answer) for params in SETTINGS for answer in answers(maker, FILES, **params)]
    assert min(found) >= 1
    assert max(found) > 10


@pytest.mark.parametrize("params", SETTINGS[1:3])
def test_company_changes_nothing(maker: ServedModel, params: dict[str, Any]) -> None:
    rows = maker.rows(maker.items(FILES, [params] * len(FILES)))
    assert len({row.group for row in rows}) == 1, "images of all sizes share a run"
    for file, together in zip(FILES, answers(maker, FILES, **params), strict=True):
        [alone] = answers(maker, [file], **params)
        assert [each["score"] for each in together] == pytest.approx([each["score"] for each in alone], abs=1e-4)
        for one, other in zip(together, alone, strict=True):
            assert np.mean(pixels(one["mask"]) != pixels(other["mask"])) < 0.002


def test_thresholds_may_differ_within_a_run(maker: ServedModel) -> None:
    given = [{**FEW, "crops_nms_thresh": 1.0}, {**FEW, "crops_nms_thresh": 1.0, "pred_iou_thresh": 1.0}]
    items = maker.items(FILES[:1] * 2, given)
    assert maker.task.key(items[0].params) == maker.task.key(items[1].params)
    [(_, every), (_, best)] = write(maker.task, items, maker.rows(items), maker.kit, maker.engine)
    assert 0 < len(best.output) < len(every.output)
    assert [each["score"] for each in best.output] == [each["score"] for each in every.output if each["score"] > 1]
    assert maker.task.key(items[0].params) != maker.task.key(items[0].params.model_copy(update={"points_per_crop": 7}))


def test_fewer_points_with_every_cut(maker: ServedModel) -> None:
    params = {**FEW, "crops_n_layers": 2, "crop_n_points_downscale_factor": 6}
    [answer] = answers(maker, [FILES[2]], **params)
    assert answer


def test_who_leaves_is_not_answered_and_harms_no_other(maker: ServedModel) -> None:
    items = maker.items(FILES, [FEW] * len(FILES))
    done = write(maker.task, items, maker.rows(items), maker.kit, maker.engine, leave={0: 1, 2: 2})
    [alone] = answers(maker, [FILES[1]], **FEW)
    assert [each["box"] for each in done[1][1].output] == [each["box"] for each in alone]
    everyone = write(maker.task, items, maker.rows(items), maker.kit, maker.engine, leave={0: 1, 1: 1, 2: 1})
    assert [end.output for _, end in everyone] == [None] * 3


def test_masks_that_nobody_waits_for_are_left(maker: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also within a step: it may have thousands of them, each as large as the image."""
    monkeypatch.setattr(point_masks, "bounds_of", looked_at := Mock(wraps=bounds_of))
    every = {"points_per_crop": 8, "pred_iou_thresh": 0.0, "stability_score_thresh": 0.0}
    items = maker.items(FILES[:1], [every])
    write(maker.task, items, maker.rows(items), maker.kit, maker.engine, leave={0: 10})
    assert 0 < looked_at.call_count < 20


def test_a_broken_image_harms_no_other(maker: ServedModel) -> None:
    items = maker.items([FILES[0], b"no image", FILES[2]], [{"crops_n_layers": 1}] * 3)
    first, broken, last = maker.task.expand(items, maker.kit)
    assert isinstance(broken, InvalidInput)
    assert isinstance(first, list) and first[0].about.size == (90, 70)
    assert isinstance(last, list) and last[0].about.size == (200, 120)
    assert first[0].group == last[0].group == (5, 3, 64, 64)
    assert first[0].arrays["pixel_values"].shape == (3, 64, 64)  # its crops are made when it is their turn


def test_an_image_of_one_pixel(maker: ServedModel) -> None:
    [answer] = answers(maker, [file_of(picture(0, 1, 1))], **{**FEW, "crops_n_layers": 2, "pred_iou_thresh": 0.0})
    assert all(pixels(each["mask"]).shape == (1, 1) for each in answer)


def test_other_makers_of_masks_are_refused(maker: ServedModel) -> None:
    with pytest.raises(ModelCannotLoad, match="works with models of the first SAM, and this is sam_hq"):
        maker.task.check(replace(maker.kit, whole_config={"model_type": "sam_hq"}))


def test_a_box_holds_its_mask(maker: ServedModel) -> None:
    for each in answers(maker, FILES[:1], **SETTINGS[2])[0]:
        assert each["box"] == box_of(bounds_of(pixels(each["mask"]) > 0))
