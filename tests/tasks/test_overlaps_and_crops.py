"""Overlaps computed by hand, and crops and points against those of transformers."""

from typing import Any

import numpy as np
import pytest

from serve_app.tasks.media.crops import Crop, crops_of, points_of, shown_as
from serve_app.tasks.media.found_masks import Found, bounds_of
from serve_app.tasks.media.overlaps import without_overlaps
from serve_app.tasks.media.point_masks import _cut_off

# Areas 100, 100, 25 and 16; shared: the first with the second 50, with the third 25; the fourth stands alone.
BOXES = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [0, 0, 5, 5], [20, 20, 24, 24]], dtype=np.float32)


@pytest.mark.parametrize(
    ("scores", "most", "kept"),
    [
        # The first and the second share 50 of 150, the first and the third 25 of 100, the second and the third none.
        ([0.9, 0.8, 0.7, 0.6], 0.4, [0, 1, 2, 3]),
        ([0.9, 0.8, 0.7, 0.6], 0.3, [0, 2, 3]),
        ([0.9, 0.8, 0.7, 0.6], 0.2, [0, 3]),
        ([0.1, 0.8, 0.7, 0.9], 0.3, [3, 1, 2]),
        ([0.1, 0.8, 0.7, 0.9], 0.0, [3, 1, 2]),
        ([0.5, 0.5, 0.5, 0.5], 0.2, [0, 3]),
        ([0.5, 0.5, 0.6, 0.5], 0.3, [2, 0, 3]),
        ([0.5, 0.5, 0.6, 0.5], 1.0, [2, 0, 1, 3]),
    ],
)
def test_what_stays_of_four_boxes(scores: list[float], most: float, kept: list[int]) -> None:
    assert without_overlaps(BOXES, np.array(scores, dtype=np.float32), most) == kept


def test_exactly_as_much_as_allowed_is_allowed() -> None:
    assert without_overlaps(BOXES[[0, 2]], np.array([0.9, 0.8], dtype=np.float32), 0.25) == [0, 1]


def test_boxes_without_an_area_and_no_boxes() -> None:
    empty = np.zeros((2, 4), dtype=np.float32)
    assert without_overlaps(empty, np.array([0.1, 0.2], dtype=np.float32), 0.0) == [1, 0]
    assert without_overlaps(empty[:0], np.array([], dtype=np.float32), 0.5) == []


@pytest.mark.parametrize("size", [(64, 64), (200, 120), (33, 500)])
@pytest.mark.parametrize(("depths", "ratio"), [(0, 0.3), (1, 512 / 1500), (2, 0.1)])
def test_crops_and_points_are_those_of_transformers(size: tuple[int, int], depths: int, ratio: float) -> None:
    from transformers.models.sam import image_processing_pil_sam as original

    image: Any = np.zeros((3, *size[::-1]), dtype=np.uint8)
    boxes, points, crops, _ = original._generate_crop_boxes(image, 64, depths, ratio, 5, 1)
    own = crops_of(size, depths, ratio)
    assert [list(crop[:4]) for crop in own] == boxes.tolist()
    for place, crop in enumerate(own):
        assert points_of(crop, 5, 1, 64) == pytest.approx(points[0, :, place], abs=1e-4)
        assert crop.size == crops[place].shape[:0:-1]


def test_each_cut_has_fewer_points_and_at_least_one() -> None:
    counts = [len(points_of(Crop(0, 0, 10, 10, depth), 6, 3, 64)) for depth in range(3)]
    assert counts == [36, 4, 1]


@pytest.mark.parametrize(("size", "shown"), [((100, 50), (64, 32)), ((3, 64), (3, 64)), ((1, 1000), (0, 64))])
def test_how_large_an_image_is_shown(size: tuple[int, int], shown: tuple[int, int]) -> None:
    assert shown_as(size, 64) == shown


def test_a_mask_waits_small_and_comes_back_whole() -> None:
    mask = np.random.default_rng(0).random((9, 13)) > 0.7
    mask[:2], mask[:, 11:] = False, False
    found = Found.of(0.5, mask, 4, 6)
    left, top, right, bottom = bounds_of(mask)
    assert found.box == (left + 4, top + 6, right + 4, bottom + 6)
    whole = found.mask((30, 20))
    assert whole.shape == (20, 30)
    assert (whole[6:15, 4:17] == mask).all() and whole.sum() == mask.sum()


def test_an_empty_mask() -> None:
    empty = np.zeros((4, 5), dtype=np.bool_)
    assert bounds_of(empty) == (0, 0, 0, 0)
    assert not Found.of(1, empty, 0, 0).mask((5, 4)).any()


@pytest.mark.parametrize(
    ("bounds", "cut"),
    [((0, 0, 40, 40), False), ((30, 30, 60, 60), False), ((30, 30, 85, 60), True), ((30, 30, 60, 99), True)],
)
def test_what_ends_where_a_crop_ends_is_cut_off(bounds: tuple[int, int, int, int], cut: bool) -> None:
    """The crop is the upper left quarter of the image."""
    assert _cut_off(bounds, Crop(0, 0, 100, 100, 1), (200, 200)) is cut
