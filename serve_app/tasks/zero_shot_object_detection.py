"""Zero-shot object detection: where in an image there is what the caller names."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from serve_app.errors import AppError, InputTooLong
from serve_app.tasks.base import Arrays, Params, Row, RowTask, Task
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.boxes import Detection, detections
from serve_app.tasks.media.pixels import pixel_rows, stack
from serve_app.tasks.media.placed import PlacedImage
from serve_app.tasks.media.processing import last_step, need
from serve_app.tasks.scoring.candidates import Candidates
from serve_app.tasks.text.encoding import encode
from serve_app.types import Item

_LAST_STEP = "post_process_object_detection"
# Models that read a text without looking at the image: one forward finds all labels of an image.
_READ_APART = ("owlvit", "owlv2")

# Objects in one answer, where the request says no other number: a low threshold lets every box of every label in.
_MOST = 1000
_TEXTS = ("input_ids", "attention_mask")


class ZeroShotDetectionParams(Params):
    """What to look for, and how sure the model must be."""

    candidate_labels: Candidates
    threshold: float = Field(0.1, ge=0, le=1, description="Only objects whose score is above this")
    top_k: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        None, description=f"Only so many objects, the best ones; {_MOST} by default"
    )


class ZeroShotObjectDetection(RowTask):
    """One row for each label with the image, since what these models see depends on what they are told to look for.

    Objects of all labels come together, the best first. A label is put to the model in the caller's own words.
    """

    name = "zero-shot-object-detection"
    auto_model = "AutoModelForZeroShotObjectDetection"
    outputs = ("logits", "pred_boxes")
    answer = "objects"
    listed = False
    reads = ("tokenizer", "image_processor")
    takes_bytes = True
    Input = PlacedImage
    Params = ZeroShotDetectionParams
    Output = list[Detection]

    def variant(self, config: Mapping[str, Any]) -> Task:
        return LabelsTogether() if config.get("model_type") in _READ_APART else self

    def check(self, kit: Kit) -> None:
        need(kit, self.name, _LAST_STEP)

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        labels = [label for item in items for label in item.params.candidate_labels]
        encoded = iter(encode(kit.tokenizer, labels))
        told = [[next(encoded) for _ in item.params.candidate_labels] for item in items]
        return [
            rows if isinstance(rows, Exception) else self._with_labels(rows[0], texts, kit)
            for rows, texts in zip(pixel_rows(items, kit), told, strict=True)
        ]

    def _with_labels(self, row: Row, texts: list[list[int]], kit: Kit) -> list[Row] | Exception:
        try:
            _check_length(max(map(len, texts)), kit)
        except AppError as error:
            return error
        return self.rows(row, [np.asarray(ids, dtype=np.int64) for ids in texts], kit)

    def rows(self, row: Row, texts: Sequence[NDArray[np.int64]], kit: Kit) -> list[Row]:
        """The image with each label. Padding a label would change what is seen, so those of one length go together."""
        return [
            row._replace(
                arrays={**row.arrays, "input_ids": ids}, length=row.length + len(ids), group=(row.group, len(ids))
            )
            for ids in texts
        ]

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return stack(rows)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[Detection]:
        params: ZeroShotDetectionParams = item.params
        found: list[Detection] = []
        for label, out in zip(params.candidate_labels, self.of_each_label(outs), strict=False):
            told = last_step(kit, _LAST_STEP, out, rows[0], threshold=params.threshold)
            found += detections(told["scores"], [label] * len(told["scores"]), told["boxes"])
        return sorted(found, key=lambda detection: -detection["score"])[: params.top_k or _MOST]

    def of_each_label(self, outs: Sequence[Mapping[str, NDArray[Any]]]) -> Sequence[Mapping[str, NDArray[Any]]]:
        """What the model says of each label."""
        return outs

    def example(self) -> tuple[Any, dict[str, Any]]:
        return examples.IMAGE, {"candidate_labels": ["a red square", "a green star"]}


class LabelsTogether(ZeroShotObjectDetection):
    """One row for each image with all its labels."""

    def rows(self, row: Row, texts: Sequence[NDArray[np.int64]], kit: Kit) -> list[Row]:
        ids = kit.pad("input_ids", texts)
        mask = np.arange(ids.shape[1]) < np.asarray([len(text) for text in texts])[:, None]
        arrays = {**row.arrays, "input_ids": ids, "attention_mask": mask.astype(np.int64)}
        return [row._replace(arrays=arrays, length=row.length + ids.size)]

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        most = max(len(row.arrays["input_ids"]) for row in rows)
        padded = {name: [text for row in rows for text in _as_many(row.arrays[name], most)] for name in _TEXTS}
        seen = [row._replace(arrays={"pixel_values": row.arrays["pixel_values"]}) for row in rows]
        return {**stack(seen), **{name: kit.pad(name, texts) for name, texts in padded.items()}}

    def of_each_label(self, outs: Sequence[Mapping[str, NDArray[Any]]]) -> Sequence[Mapping[str, NDArray[Any]]]:
        [out] = outs
        columns = np.moveaxis(out["logits"], -1, 0)
        return [{"logits": column[:, None], "pred_boxes": out["pred_boxes"]} for column in columns]


def _as_many(texts: NDArray[Any], count: int) -> NDArray[Any]:
    """The first one again for images that have fewer labels than others: what it finds there is not looked at."""
    return np.concatenate([texts, np.repeat(texts[:1], count - len(texts), axis=0)])


def _check_length(longest: int, kit: Kit) -> None:
    if longest > kit.max_input_tokens:
        raise InputTooLong(
            f"the longest label has {longest} tokens and the model takes {kit.max_input_tokens}", "candidate_labels"
        )
