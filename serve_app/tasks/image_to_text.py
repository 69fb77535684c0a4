"""Image to text: what an image shows, in words."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from serve_app.errors import ModelCannotLoad
from serve_app.tasks.base import Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.input import Image
from serve_app.tasks.media.pixels import pixel_rows
from serve_app.tasks.media.writing import SeeingWriter, Told
from serve_app.tasks.media.writing_params import WritingParams
from serve_app.tasks.nesting import spread
from serve_app.types import Item

# The others wait for a text about the image.
_UNASKED = ("blip", "blip-2", "git", "vision-encoder-decoder")


class CaptionParams(WritingParams):
    """How the text is written."""

    nested: ClassVar[tuple[str, ...]] = ("generation_parameters", "generate_kwargs")

    generation_parameters: dict[str, Any] | None = Field(
        None, description="The same parameters in an object of their own; one that stands beside it goes before it"
    )
    generate_kwargs: dict[str, Any] | None = Field(None, description="The same as generation_parameters")

    @classmethod
    def over(cls, defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        return {**spread(defaults, cls.nested), **spread(given, cls.nested)}

    @model_validator(mode="before")
    @classmethod
    def _spread_out(cls, values: Any) -> Any:
        return spread(values, cls.nested) if isinstance(values, Mapping) else values


class Caption(TypedDict):
    """What the model wrote."""

    generated_text: str


class ImageToText(SeeingWriter):
    """One row for each image; images that share a call are written about until the last one is done."""

    name = "image-to-text"
    answer = "generated_text"
    listed = True
    Input = Image
    Params = CaptionParams
    Output = Caption

    def check(self, kit: Kit) -> None:
        kind = kit.whole_config.get("model_type")
        if kind is not None and kind not in _UNASKED:
            raise ModelCannotLoad(
                f"{self.name} is for models that write without being asked ({', '.join(_UNASKED)}), and this is a "
                f"{kind}: set hf_task to image-text-to-text"
            )

    def seen(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        return pixel_rows(items, kit)

    def answered(self, item: Item, row: Row, told: Told, kit: Kit) -> Caption:
        return {"generated_text": told.text}

    def example(self) -> tuple[Any, dict[str, Any]]:
        return examples.IMAGE, {"max_new_tokens": 16}
