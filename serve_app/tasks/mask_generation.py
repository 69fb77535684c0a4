"""Mask generation: a mask for each thing in an image, without knowing what it is."""

from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict

from serve_app.errors import ModelCannotLoad
from serve_app.tasks.base import Engine, ProgramTask, Row, Tick
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.boxes import Box, box_of
from serve_app.tasks.media.crops import Crop, crops_of, points_of
from serve_app.tasks.media.drawing import mask_file
from serve_app.tasks.media.found_masks import Found
from serve_app.tasks.media.images import decode_image
from serve_app.tasks.media.input import Image
from serve_app.tasks.media.mask_params import MaskParams
from serve_app.tasks.media.output import Base64Blob
from serve_app.tasks.media.overlaps import without_overlaps
from serve_app.tasks.media.pixels import pixel_rows, rows_of
from serve_app.tasks.media.point_masks import good_masks, longest_side
from serve_app.types import Done, Item

_SPREAD = ("points_per_batch", "points_per_crop", "crops_n_layers", "crop_overlap_ratio")
_SHRINKING = "crop_n_points_downscale_factor"


class Mask(TypedDict):
    """One mask, as large as the image and white where the thing is, its box, and the model's own score for it."""

    mask: Base64Blob
    box: Box
    score: float


class Sight(NamedTuple):
    """What a row remembers of its image: width and height, and the crops that are looked at, the whole image first."""

    size: tuple[int, int]
    crops: list[Crop]


class MaskGeneration(ProgramTask):
    """The model is shown an image once, and then asked what lies at each of many points, some of them at a time.

    Images of one run are shown together and asked about together. Masks come best first.
    """

    name = "mask-generation"
    auto_model = "AutoModelForMaskGeneration"
    answer = "masks"
    listed = False
    reads = ("image_processor",)
    takes_bytes = True
    Input = Image
    Params = MaskParams
    Output = list[Mask]

    def key(self, params: MaskParams) -> Hashable:
        return tuple(getattr(params, name) for name in (*_SPREAD, _SHRINKING))

    def check(self, kit: Kit) -> None:
        kind = kit.whole_config.get("model_type", "sam")
        if kind != "sam":
            raise ModelCannotLoad(f"{self.name} works with models of the first SAM, and this is {kind}")

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        return [
            rows if isinstance(rows, Exception) else [_row(rows[0], item.params)]
            for item, rows in zip(items, pixel_rows(items, kit), strict=True)
        ]

    def run(self, items: Sequence[Item], rows: Sequence[Row], kit: Kit, engine: Engine, tick: Tick) -> None:
        found: list[list[Found]] = [[] for _ in items]
        for place in range(len(rows[0].about.crops)):
            gone = tick({})
            waiting = [position for position in range(len(items)) if position not in gone]
            if not waiting:
                return
            crops = [rows[position].about.crops[place] for position in waiting]
            shown = {position: _shown(items[position], rows[position], place, kit) for position in waiting}
            pixels = np.stack([shown[position] for position in waiting])
            seen = engine.call("get_image_embeddings", {"pixel_values": pixels}, {}, lambda: tick({}))["output"]
            for points in _points(crops, items[0].params, kit):
                gone = tick({})
                asked = {
                    "image_embeddings": seen,
                    "input_points": points[:, :, None],
                    "input_labels": np.ones((*points.shape[:2], 1), dtype=np.int64),
                }
                told = engine.forward(asked, ("pred_masks", "iou_scores"))
                for position, crop, masks, scores in zip(
                    waiting, crops, told["pred_masks"], told["iou_scores"], strict=True
                ):
                    if position not in gone:
                        size, params = rows[position].about.size, items[position].params
                        good = good_masks(masks, scores, crop, size, params, kit)
                        found[position] += takewhile(partial(_is_wanted, position, tick), good)
        for position, item in enumerate(items):
            best = _best(found[position], rows[position].about.size, item.params)
            tick({position: Done([*takewhile(partial(_is_wanted, position, tick), best)])})

    def example(self) -> tuple[Any, dict[str, Any]]:
        return examples.IMAGE, {"points_per_crop": 4}


def _row(whole: Row, params: MaskParams) -> Row:
    """Only the whole image is made ready before its turn: with all its crops it would fill much more memory."""
    crops = crops_of(whole.about, params.crops_n_layers, params.crop_overlap_ratio)
    group = (len(crops), *whole.arrays["pixel_values"].shape)
    return whole._replace(length=whole.length * len(crops), group=group, about=Sight(whole.about, crops))


def _shown(item: Item, row: Row, place: int, kit: Kit) -> NDArray[np.float32]:
    """What the model sees of one crop."""
    if not place:
        return row.arrays["pixel_values"]
    picture = decode_image(item.input, kit.max_pixels)
    [crop] = rows_of([picture.crop(row.about.crops[place][:4])], kit)
    return crop.arrays["pixel_values"]


def _is_wanted(position: int, tick: Tick, found: Any) -> bool:
    """Asked for each mask: there may be thousands of them, each as large as the image."""
    return position not in tick({})


def _points(crops: Sequence[Crop], params: MaskParams, kit: Kit) -> Iterator[Any]:
    """Some of the points of each crop at a time, as many in all as one image may have in a step."""
    grids = [
        points_of(crop, params.points_per_crop, params.crop_n_points_downscale_factor, longest_side(kit))
        for crop in crops
    ]
    together = np.stack(grids)
    each = max(1, params.points_per_batch // len(crops))
    return (together[:, start : start + each] for start in range(0, together.shape[1], each))


def _best(found: Sequence[Found], size: tuple[int, int], params: MaskParams) -> Iterator[Mask]:
    if not found:
        return
    boxes = np.array([each.box for each in found], dtype=np.float32)
    scores = np.array([each.score for each in found], dtype=np.float32)
    for place in without_overlaps(boxes, scores, params.crops_nms_thresh):
        each = found[place]
        yield {"mask": mask_file(each.mask(size), size), "box": box_of(each.box), "score": each.score}
