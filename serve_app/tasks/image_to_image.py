"""Image to image: a picture becomes another one, as a prompt says."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from serve_app.errors import InvalidInput
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.images import decode_image
from serve_app.tasks.media.input import Image
from serve_app.tasks.media.paint_params import LONGEST_SIDE, PaintParams, PromptText, Side
from serve_app.tasks.media.painting import PaintingTask, Size
from serve_app.types import Item

_USUAL_STEPS, _USUAL_STRENGTH = 50, 0.8


class TargetSize(BaseModel):
    """What the picture is brought to before anything is done to it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    width: Side = Field(description="Pixels from left to right")
    height: Side = Field(description="Pixels from top to bottom")


class ImageToImageParams(PaintParams):
    """The shared parameters, what to make of the picture, and how much of it is left."""

    prompt: PromptText = Field("", description="What the image should show")
    strength: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="How far the image may leave the given one; so large a part of the steps is made"
    )
    target_size: TargetSize | None = Field(
        None, description="The size of the image; by default that of the given one, rounded down"
    )


class ImageToImage(PaintingTask):
    """One row for each picture; those of one size share a call."""

    name = "image-to-image"
    auto_model = "AutoPipelineForImage2Image"
    takes_bytes = True
    prompt_field = "prompt"
    Input = Image
    Params = ImageToImageParams

    def prompt(self, item: Item) -> str:
        return str(item.params.prompt)

    def size(self, params: ImageToImageParams, side: int) -> Size | None:
        return (params.target_size.width, params.target_size.height) if params.target_size else None

    def check_params(self, params: Any, kit: Kit) -> None:
        super().check_params(params, kit)
        steps = params.num_inference_steps or _USUAL_STEPS
        strength = _USUAL_STRENGTH if params.strength is None else params.strength
        if int(steps * strength) < 1:
            raise InvalidInput(f"{strength:g} of {steps} steps is less than one: ask for more of either", "strength")

    def shown(self, item: Item, kit: Kit) -> NDArray[np.uint8]:
        picture = decode_image(item.input, kit.max_pixels)
        multiple = kit.whole_config.get("side_multiple", 1)
        size = self.size(item.params, LONGEST_SIDE)
        if size is None:
            if max(picture.size) > LONGEST_SIDE:
                raise InvalidInput(
                    f"the image has {picture.width} x {picture.height} pixels, and sides up to {LONGEST_SIDE} are "
                    "made: say in `target_size` what to bring it to"
                )
            size = (_down(picture.width, multiple), _down(picture.height, multiple))
        from PIL import Image as Pictures  # noqa: PLC0415 (the ingress names images, and opens none)

        brought = picture if picture.size == size else picture.resize(size, Pictures.Resampling.LANCZOS)
        return np.ascontiguousarray(np.moveaxis(np.asarray(brought), -1, 0))

    def example(self) -> tuple[Any, dict[str, Any]]:
        return examples.IMAGE, {"prompt": "A blue square", "num_inference_steps": 2, "strength": 0.5, "seed": 1}


def _down(pixels: int, multiple: int) -> int:
    return max(multiple, pixels - pixels % multiple)
