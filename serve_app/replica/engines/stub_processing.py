"""The last steps of the stub's image processor: from its outputs to what they say of an image."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.tasks.kit import PostProcess

Outputs = Mapping[str, NDArray[Any]]
Sizes = Sequence[tuple[int, int]]


class StubProcessing:
    """By the names that processors of transformers give to these steps; sizes are height and width."""

    def post_process_object_detection(
        self, outputs: Outputs, threshold: float, target_sizes: Sizes
    ) -> list[dict[str, NDArray[Any]]]:
        """Every pixel is an object."""
        found = zip(outputs["logits"], outputs["pred_boxes"], target_sizes, strict=True)
        return [_above(threshold, logits, boxes * np.tile(size[::-1], 2)) for logits, boxes, size in found]

    def post_process_semantic_segmentation(self, outputs: Outputs, target_sizes: Sizes) -> list[NDArray[Any]]:
        return [
            _enlarged(logits.argmax(axis=0), size) for logits, size in zip(outputs["logits"], target_sizes, strict=True)
        ]

    def post_process_depth_estimation(self, outputs: Outputs, target_sizes: Sizes) -> list[dict[str, NDArray[Any]]]:
        return [
            {"predicted_depth": _enlarged(depth, size)}
            for depth, size in zip(outputs["predicted_depth"], target_sizes, strict=True)
        ]

    def post_process_masks(
        self, masks: Sequence[NDArray[Any]], original_sizes: Sizes, **settings: Any
    ) -> list[NDArray[Any]]:
        return [
            np.stack([[_enlarged(mask, size) for mask in of_point] for of_point in of_image])
            for of_image, size in zip(masks, original_sizes, strict=True)
        ]


def step_of(processor: StubProcessing) -> PostProcess:
    """Runs one of the steps by its name."""
    return lambda name, outputs, settings: getattr(processor, name)(outputs, **settings)


def _above(threshold: float, logits: NDArray[Any], boxes: NDArray[Any]) -> dict[str, NDArray[Any]]:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    scores = (powers / powers.sum(axis=-1, keepdims=True)).max(axis=-1)
    kept = scores > threshold
    return {"scores": scores[kept], "labels": logits.argmax(axis=-1)[kept], "boxes": boxes[kept]}


def _enlarged(values: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Each place takes the number nearest to it."""
    rows, columns = (np.arange(after) * before // after for before, after in zip(values.shape, size, strict=True))
    return np.asarray(values[rows[:, None], columns])
