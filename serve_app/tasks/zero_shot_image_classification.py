"""Zero-shot image classification: how well labels of the caller's own fit an image."""

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray
from pydantic import Field

from serve_app.tasks.base import Arrays, Params, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.captions import captioned, collate, columns, judges_apart
from serve_app.tasks.media.pixels import need_pixels, pixel_rows
from serve_app.tasks.media.placed import PlacedImage
from serve_app.tasks.scoring.candidates import Candidates, Template, sentences
from serve_app.tasks.scoring.ranking import LabelScore, best
from serve_app.tasks.scoring.scores import FUNCTIONS, finite
from serve_app.types import Item

TEMPLATE = "This is a photo of {}."


class ZeroShotImageParams(Params):
    """The labels, and how they are put to the model."""

    candidate_labels: Candidates
    hypothesis_template: Template | None = Field(
        None, description=f"The sentence that a label makes, with {{}} in its place; by default: {TEMPLATE}"
    )


class ZeroShotImageClassification(RowTask):
    """One row for each image; the texts of a batch are read once, however many images share them.

    Labels come best first. Their scores add up to 1 but for models that were taught to judge each label by itself.
    """

    name = "zero-shot-image-classification"
    auto_model = "AutoModelForZeroShotImageClassification"
    outputs = ("logits_per_image",)
    answer = "labels"
    listed = False
    reads = ("tokenizer", "image_processor")
    takes_bytes = True
    Input = PlacedImage
    Params = ZeroShotImageParams
    Output = list[LabelScore]

    def check(self, kit: Kit) -> None:
        need_pixels(kit, self.name)

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        said = [sentences(item.params.candidate_labels, item.params.hypothesis_template or TEMPLATE) for item in items]
        return captioned(pixel_rows(items, kit), said, kit)

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return collate(rows, kit)

    def split(self, outputs: Arrays, rows: Sequence[Row]) -> list[dict[str, NDArray[Any]]]:
        logits = outputs["logits_per_image"]
        return [{"logits_per_image": logits[index, own]} for index, own in enumerate(columns(rows))]

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[LabelScore]:
        score = FUNCTIONS["sigmoid" if judges_apart(kit) else "softmax"]
        scores = score(finite(outs[0]["logits_per_image"]))
        labels = item.params.candidate_labels
        return [{"label": labels[place], "score": float(scores[place])} for place in best(scores)]

    def example(self) -> tuple[Any, dict[str, Any]]:
        return examples.IMAGE, {"candidate_labels": ["a red square", "a green star"]}
