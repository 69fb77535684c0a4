"""Depth estimation: how far away each pixel of an image is."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from typing_extensions import TypedDict

from serve_app.errors import AppError, InvalidInput, ModelCannotLoad
from serve_app.tasks.base import Params, Row, floats
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.drawing import grey_image, png
from serve_app.tasks.media.image_task import ImageTask
from serve_app.tasks.media.output import Base64Blob
from serve_app.tasks.media.pixels import pixel_rows
from serve_app.tasks.media.processing import last_step, need
from serve_app.tasks.scoring.scores import finite
from serve_app.types import Item

_LAST_STEP = "post_process_depth_estimation"
_MOST_NUMBERS = 2**18


class DepthParams(Params):
    """What comes back beside the picture."""

    predicted_depth: bool = Field(
        False, description="Also tell the numbers that the picture is drawn from, row by row, each as the model has it"
    )


class Depth(TypedDict):
    """The depth as a grey picture as large as the image, in shades between the model's smallest and largest number."""

    depth: Base64Blob
    predicted_depth: NotRequired[list[list[float]]]


class DepthEstimation(ImageTask):
    """One row for each image."""

    name = "depth-estimation"
    auto_model = "AutoModelForDepthEstimation"
    outputs = ("predicted_depth",)
    answer = "depth"
    Params = DepthParams
    Output = Depth

    def check(self, kit: Kit) -> None:
        if kit.whole_config.get("model_type") == "zoedepth":
            raise ModelCannotLoad(
                f"{self.name} with ZoeDepth needs torchvision for its last step: choose a DPT, GLPN or Depth Anything "
                "model"
            )
        need(kit, self.name, _LAST_STEP)

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        return [_too_many_numbers(item, rows) or rows for item, rows in zip(items, pixel_rows(items, kit), strict=True)]

    def join(self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit) -> Depth:
        width, height = rows[0].about
        # The last step itself leaves out an axis of one pixel.
        depth = finite(last_step(kit, _LAST_STEP, outs[0], rows[0])["predicted_depth"]).reshape(height, width)
        answer: Depth = {"depth": png(grey_image(_shades(depth)))}
        if item.params.predicted_depth:
            answer["predicted_depth"] = floats(depth)  # type: ignore[typeddict-item]
        return answer


def _shades(depth: NDArray[Any]) -> NDArray[np.uint8]:
    """From black to white; a depth that is the same everywhere, but for what scaling adds to it, is black."""
    lowest, highest = depth.min(), depth.max()
    if np.isclose(lowest, highest, rtol=1e-5, atol=0):
        return np.zeros(depth.shape, dtype=np.uint8)
    return np.asarray((depth - lowest) / (highest - lowest) * 255, dtype=np.uint8)


def _too_many_numbers(item: Item, rows: list[Row] | Exception) -> AppError | None:
    if isinstance(rows, Exception) or not item.params.predicted_depth:
        return None
    width, height = rows[0].about
    if width * height <= _MOST_NUMBERS:
        return None
    return InvalidInput(
        f"goes with images of up to {_MOST_NUMBERS} pixels, and this one has {width} x {height}: send a smaller one, "
        "or take the picture alone",
        "predicted_depth",
    )
