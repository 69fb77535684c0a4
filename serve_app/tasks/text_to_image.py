"""Text to image: a picture of what a prompt says."""

from typing import Any

from pydantic import Field

from serve_app.tasks.media.paint_params import PaintParams, Side
from serve_app.tasks.media.painting import PaintingTask, Size
from serve_app.tasks.text.input import Text
from serve_app.types import Item


class TextToImageParams(PaintParams):
    """The shared parameters, and the image's size."""

    width: Side | None = Field(None, description="Pixels from left to right")
    height: Side | None = Field(None, description="Pixels from top to bottom")


class TextToImage(PaintingTask):
    """One row for each prompt; images of one size share a call."""

    name = "text-to-image"
    auto_model = "AutoPipelineForText2Image"
    Input = Text
    Params = TextToImageParams

    def prompt(self, item: Item) -> str:
        return str(item.input)

    def size(self, params: TextToImageParams, side: int) -> Size | None:
        return (params.width or side, params.height or side) if params.width or params.height else None

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "A red square on a white page", {"num_inference_steps": 2, "seed": 1}
