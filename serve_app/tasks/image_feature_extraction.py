"""Image feature extraction: an image as one vector for each of its parts, or as one for the whole."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from serve_app.errors import InvalidInput, ModelFault
from serve_app.tasks.base import Params, Row, Task, floats
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.image_task import ImageTask
from serve_app.tasks.media.pixels import need_pixels
from serve_app.types import Item

# Models of images and texts, and the half of each that sees.
_SEEING_HALVES = {
    "chinese_clip": "ChineseCLIPVisionModel",
    "clip": "CLIPVisionModel",
    "metaclip_2": "MetaClip2VisionModel",
    "siglip": "SiglipVisionModel",
}


class ImageFeatureParams(Params):
    """How much of what the model sees comes back."""

    pool: bool | None = Field(
        None, description="One vector for the whole image, where the model makes one; by default one for each part"
    )


class ImageFeatureExtraction(ImageTask):
    """One row for each image; what comes back is chosen on the way out, so that all requests share a forward."""

    name = "image-feature-extraction"
    auto_model = "AutoModel"
    outputs = ("last_hidden_state", "pooler_output")
    answer = "features"
    Params = ImageFeatureParams
    Output = list[float] | list[list[float]] | list[list[list[float]]]

    def __init__(self, auto_model: str = "AutoModel") -> None:
        self.auto_model = auto_model  # type: ignore[misc]

    def variant(self, config: Mapping[str, Any]) -> Task:
        half = _SEEING_HALVES.get(str(config.get("model_type")))
        return ImageFeatureExtraction(half) if half else self

    def check(self, kit: Kit) -> None:
        need_pixels(kit, self.name)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> NDArray[np.float32]:
        wanted = "pooler_output" if item.params.pool else "last_hidden_state"
        if wanted not in outs[0]:
            raise InvalidInput("this model makes no vector for the whole image: leave it out", "pool")
        features = outs[0][wanted]
        if not np.isfinite(features).all():
            raise ModelFault("the model's numbers for this image are not finite")
        return floats(features)
