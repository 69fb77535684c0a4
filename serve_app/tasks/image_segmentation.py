"""Image segmentation: which pixels belong to what."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from typing_extensions import TypedDict

from serve_app.errors import AppError, InvalidInput, ModelCannotLoad
from serve_app.tasks.base import Params, Row, Task
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.drawing import affordable, mask_file
from serve_app.tasks.media.image_task import ImageTask
from serve_app.tasks.media.output import Base64Blob
from serve_app.tasks.media.pixels import pixel_rows
from serve_app.tasks.media.processing import has, last_step
from serve_app.tasks.scoring.labels import label_of
from serve_app.tasks.scoring.scores import finite
from serve_app.types import Item

# In the order of choice: what tells most comes first.
_STEPS = {
    "panoptic": "post_process_panoptic_segmentation",
    "instance": "post_process_instance_segmentation",
    "semantic": "post_process_semantic_segmentation",
}
_UNIVERSAL = ("ForUniversalSegmentation", "ForInstanceSegmentation", "ForSegmentation")
_OF_QUERIES = ("threshold", "mask_threshold", "overlap_mask_area_threshold")


class SegmentationParams(Params):
    """Which kind of segments, and how sure the model must be of each."""

    subtask: Literal["panoptic", "instance", "semantic"] | None = Field(
        None,
        description="Segments by object and ground (panoptic), by object (instance) or by label (semantic); the first "
        "of them that the model can, by default",
    )
    threshold: float = Field(0.9, ge=0, le=1, description="Only segments with this score; semantic ones have none")
    mask_threshold: float = Field(0.5, ge=0, le=1, description="From which probability on a pixel belongs to a mask")
    overlap_mask_area_threshold: float = Field(
        0.5, ge=0, le=1, description="Which share of a mask must be left over by the others for it to stay"
    )


class Segment(TypedDict):
    """One segment; its mask is as large as the image, with white where the segment is."""

    label: str
    mask: Base64Blob
    score: NotRequired[float]


class ImageSegmentation(ImageTask):
    """One row for each image."""

    name = "image-segmentation"
    auto_model = "AutoModelForSemanticSegmentation"
    outputs = ("logits", "pred_masks", "class_queries_logits", "masks_queries_logits")
    answer = "segments"
    Params = SegmentationParams
    Output = list[Segment]

    def variant(self, config: Mapping[str, Any]) -> Task:
        kinds = config.get("architectures") or ()
        return UniversalSegmentation() if any(kind.endswith(_UNIVERSAL) for kind in kinds) else self

    def check(self, kit: Kit) -> None:
        kind = kit.whole_config.get("model_type")
        if kind == "oneformer" or getattr(kit.image_processor, "do_split_image", False):
            raise ModelCannotLoad(
                f"{self.name} does not work with this {kind}, which wants more than the whole image: choose a "
                "SegFormer, MaskFormer, Mask2Former or DETR model"
            )
        if not _subtasks(kit):
            processor = type(kit.image_processor).__name__
            raise ModelCannotLoad(f"{self.name} needs an image processor that makes masks, and {processor} makes none")

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        return [_refusal(item, kit) or rows for item, rows in zip(items, pixel_rows(items, kit), strict=True)]

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[Segment]:
        [row], [out] = rows, outs
        layers = max(len(finite(array)) for array in out.values())
        scaled = row._replace(about=affordable(row.about, layers))
        params: SegmentationParams = item.params
        subtask = params.subtask or _subtasks(kit)[0]
        labels = kit.config.get("id2label") or {}
        if subtask == "semantic":
            places = last_step(kit, _STEPS[subtask], out, scaled)
            return [
                {"label": label_of(labels, number), "mask": mask_file(places == number, row.about)}
                for number in np.unique(places).tolist()
            ]
        found = last_step(kit, _STEPS[subtask], out, scaled, **params.model_dump(include={*_OF_QUERIES}))
        return [
            {
                "label": label_of(labels, segment["label_id"]),
                "mask": mask_file(found["segmentation"] == segment["id"], row.about),
                "score": float(segment["score"]),
            }
            for segment in found["segments_info"]
        ]


class UniversalSegmentation(ImageSegmentation):
    """Models that look for segments by queries, and so can tell objects of one label apart."""

    auto_model = "AutoModelForUniversalSegmentation"


def _subtasks(kit: Kit) -> list[str]:
    return [subtask for subtask, step in _STEPS.items() if has(kit, step)]


def _refusal(item: Item, kit: Kit) -> AppError | None:
    known, asked = _subtasks(kit), item.params.subtask
    if asked is None or asked in known:
        return None
    return InvalidInput(f"this model makes no {asked} segments: it makes {', '.join(known)} ones", "subtask")
