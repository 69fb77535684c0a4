"""Object detection: what is in an image, and where."""

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray
from pydantic import Field

from serve_app.tasks.base import Params, Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.boxes import Detection, detections
from serve_app.tasks.media.image_task import ImageTask
from serve_app.tasks.media.processing import last_step, need
from serve_app.tasks.scoring.labels import label_of
from serve_app.types import Item

_LAST_STEP = "post_process_object_detection"


class DetectionParams(Params):
    """How sure the model must be."""

    threshold: float = Field(0.5, ge=0, le=1, description="Only objects whose score is above this")


class ObjectDetection(ImageTask):
    """One row for each image; objects come in the order of the model's queries."""

    name = "object-detection"
    auto_model = "AutoModelForObjectDetection"
    outputs = ("logits", "pred_boxes")
    answer = "objects"
    Params = DetectionParams
    Output = list[Detection]

    def check(self, kit: Kit) -> None:
        need(kit, self.name, _LAST_STEP)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[Detection]:
        found = last_step(kit, _LAST_STEP, outs[0], rows[0], threshold=item.params.threshold)
        labels = [label_of(kit.config.get("id2label") or {}, int(label)) for label in found["labels"]]
        return detections(found["scores"], labels, found["boxes"])
