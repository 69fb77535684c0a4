"""Objects that were found in an image, each with its box in pixels of the image as it was sent."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict

from serve_app.tasks.scoring.scores import finite


class Box(TypedDict):
    """A rectangle, counted from the top left corner."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class Detection(TypedDict):
    """One object."""

    label: str
    score: float
    box: Box


def detections(scores: Sequence[Any], labels: Sequence[str], boxes: NDArray[Any]) -> list[Detection]:
    """The objects in the order given; corners lose what is behind the point."""
    found = zip(scores, labels, finite(np.asarray(boxes)).astype(np.int64).tolist(), strict=True)
    return [{"label": label, "score": float(score), "box": box_of(corners)} for score, label, corners in found]


def box_of(corners: Sequence[int]) -> Box:
    """Of left, top, right and bottom."""
    xmin, ymin, xmax, ymax = corners
    return {"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}
