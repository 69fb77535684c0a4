"""Masks that a model made of points: which of them are good, and where they lie in the whole image."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.tasks.kit import Kit
from serve_app.tasks.media.crops import Crop, shown_as
from serve_app.tasks.media.found_masks import Bounds, Found, bounds_of
from serve_app.tasks.media.mask_params import MaskParams

_NEAR = 20
"""Pixels within which a box ends at the edge of its crop, and so may have been cut."""
_PIXELS_AT_ONCE = 2**26
"""As many numbers as a quarter of a gigabyte holds."""


def longest_side(kit: Kit) -> int:
    """What the longer side of an image has when the model sees it."""
    sizes = kit.image_processor.size
    return int(sizes.get("longest_edge") or sizes["height"])


def good_masks(
    masks: NDArray[Any], scores: NDArray[Any], crop: Crop, size: tuple[int, int], params: MaskParams, kit: Kit
) -> Iterator[Found]:
    """Those of the masks of one crop that are good enough; `size` is width and height of the whole image."""
    flat, values = masks.reshape(-1, 1, *masks.shape[-2:]), scores.reshape(-1)
    likely = values > params.pred_iou_thresh if params.pred_iou_thresh > 0 else np.ones(len(values), dtype=np.bool_)
    for score, pixels in zip(values[likely], _enlarged(flat[likely], crop, params, kit), strict=True):
        if not _steady(pixels, params):
            continue
        mask = pixels > params.mask_threshold
        if not _cut_off(bounds_of(mask), crop, size):
            yield Found.of(float(score), mask, crop.left, crop.top)


def _enlarged(masks: NDArray[Any], crop: Crop, params: MaskParams, kit: Kit) -> Iterator[NDArray[Any]]:
    """Each mask as large as its crop, some of them at a time."""
    assert kit.post_process is not None
    (width, height), longest = crop.size, longest_side(kit)
    shown_width, shown_height = shown_as(crop.size, longest)
    at_once = max(1, _PIXELS_AT_ONCE // max(width * height, longest * longest))
    settings = {
        "original_sizes": [(height, width)],
        "reshaped_input_sizes": [(shown_height, shown_width)],
        "mask_threshold": params.mask_threshold,
        "binarize": False,
    }
    for start in range(0, len(masks), at_once):
        [enlarged] = kit.post_process("post_process_masks", [masks[start : start + at_once]], settings)
        yield from enlarged[:, 0]


def _steady(pixels: NDArray[Any], params: MaskParams) -> bool:
    """Whether the mask hardly changes when its threshold moves up and down."""
    if params.stability_score_thresh <= 0:
        return True
    threshold, offset = params.mask_threshold, params.stability_score_offset
    smaller, larger = np.count_nonzero(pixels > threshold + offset), np.count_nonzero(pixels > threshold - offset)
    return bool(larger > 0 and smaller / larger > params.stability_score_thresh)


def _cut_off(bounds: Bounds, crop: Crop, size: tuple[int, int]) -> bool:
    """Whether a mask, told in pixels of the crop, ends near an edge of the crop that is no edge of the whole image."""
    placed = np.array(bounds) + np.array([crop.left, crop.top, crop.left, crop.top])
    near_crop = np.abs(placed - np.array(crop[:4])) <= _NEAR
    near_image = np.abs(placed - np.array([0, 0, *size])) <= _NEAR
    return bool((near_crop & ~near_image).any())
