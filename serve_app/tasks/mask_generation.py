"""Mask generation: a mask for each thing in an image, without knowing what it is."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from typing_extensions import TypedDict

from serve_app.errors import ModelCannotLoad
from serve_app.tasks.base import Engine, ProgramTask, Row, Tick
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.boxes import Box, box_of
from serve_app.tasks.media.crops import Crop, crops_of, points_of
from serve_app.tasks.media.drawing import mask_file
from serve_app.tasks.media.found_masks import Found
from serve_app.tasks.media.input import Image
from serve_app.tasks.media.mask_params import MaskParams
from serve_app.tasks.media.output import Base64Blob
from serve_app.tasks.media.overlaps import without_overlaps
from serve_app.tasks.media.pixels import decoded, rows_of
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
    """What a row remembers of its image: width and height, and the crops that its pixels are of."""

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
        pictures = [decoded(item.input, kit) for item in items]
        views: list[Any] = []
        sights: list[Sight | Exception] = []
        for item, picture in zip(items, pictures, strict=True):
            if isinstance(picture, Exception):
                sights.append(picture)
                continue
            crops = crops_of(picture.size, item.params.crops_n_layers, item.params.crop_overlap_ratio)
            views += [picture.crop(crop[:4]) for crop in crops]
            sights.append(Sight(picture.size, crops))
        shown = iter(rows_of(views, kit))
        return [
            sight if isinstance(sight, Exception) else [_row(sight, [next(shown) for _ in sight.crops])]
            for sight in sights
        ]

    def run(self, items: Sequence[Item], rows: Sequence[Row], kit: Kit, engine: Engine, tick: Tick) -> None:
        found: list[list[Found]] = [[] for _ in items]
        for place in range(len(rows[0].about.crops)):
            gone = tick({})
            waiting = [position for position in range(len(items)) if position not in gone]
            if not waiting:
                return
            crops = [rows[position].about.crops[place] for position in waiting]
            pixels = np.stack([rows[position].arrays["pixel_values"][place] for position in waiting])
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
                        found[position] += good_masks(masks, scores, crop, size, params, kit)
        for position, item in enumerate(items):
            tick({position: Done(_answer(found[position], rows[position].about.size, item.params))})

    def example(self) -> tuple[Any, dict[str, Any]]:
        return examples.IMAGE, {"points_per_crop": 4}


def _row(sight: Sight, crops: Sequence[Row]) -> Row:
    pixels = np.stack([crop.arrays["pixel_values"] for crop in crops])
    return Row({"pixel_values": pixels}, sum(crop.length for crop in crops), group=pixels.shape, about=sight)


def _points(crops: Sequence[Crop], params: MaskParams, kit: Kit) -> Iterator[Any]:
    """Some of the points of each crop at a time, as many in all as one image may have in a step."""
    grids = [
        points_of(crop, params.points_per_crop, params.crop_n_points_downscale_factor, longest_side(kit))
        for crop in crops
    ]
    together = np.stack(grids)
    each = max(1, params.points_per_batch // len(crops))
    return (together[:, start : start + each] for start in range(0, together.shape[1], each))


def _answer(found: Sequence[Found], size: tuple[int, int], params: MaskParams) -> list[Mask]:
    if not found:
        return []
    boxes = np.array([each.box for each in found], dtype=np.float32)
    scores = np.array([each.score for each in found], dtype=np.float32)
    best = [found[place] for place in without_overlaps(boxes, scores, params.crops_nms_thresh)]
    return [{"mask": mask_file(each.mask(size), size), "box": box_of(each.box), "score": each.score} for each in best]
