"""Image classification: a score for each of the model's labels."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from numpy.typing import NDArray
from pydantic import Field

from serve_app.tasks.base import Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.image_task import ImageTask
from serve_app.tasks.scoring.labels import LabelParams, labelled
from serve_app.tasks.scoring.ranking import LabelScore
from serve_app.types import Item


class ImageLabelParams(LabelParams):
    """As many labels as a person looks at, unless told otherwise."""

    top_k: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(5, description="Only so many labels, the best ones")


class ImageClassification(ImageTask):
    """One row for each image; labels come best first."""

    name = "image-classification"
    auto_model = "AutoModelForImageClassification"
    outputs = ("logits",)
    answer = "labels"
    Params = ImageLabelParams
    Output = list[LabelScore]

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[LabelScore]:
        return labelled(outs[0]["logits"], item.params, kit)
