"""`/v1/images/generations`: a text in, images of what it says out."""

import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from serve_app.errors import AppError, InvalidInput, TooManyItems
from serve_app.ingress.dialects.base import Body, Call
from serve_app.ingress.dialects.openai.base import REQUEST, OpenAI
from serve_app.ingress.dialects.openai.refused import Refused
from serve_app.ingress.dialects.openai.request import Label, Request
from serve_app.ingress.entry import Entry
from serve_app.tasks.base import Params, Task

FIELD, SIZE = "prompt", "size"
MOST = 10
_AUTO = "auto"


class ImageRequest(Request):
    """The text itself is checked by the task, as are the parameters."""

    passed: ClassVar[Mapping[str, str]] = {
        name: name for name in ("seed", "negative_prompt", "num_inference_steps", "guidance_scale", "scheduler")
    }

    prompt: str = Field(description="What is to be seen")
    n: Annotated[int, Field(ge=1, le=MOST)] | None = Field(None, description="So many images; one by default")
    size: Annotated[str, Field(pattern=r"^(auto|[1-9]\d{0,4}x[1-9]\d{0,4})$")] | None = Field(
        None, description="WIDTHxHEIGHT in pixels, or auto, the default, for the size that the model is made for"
    )
    safety_identifier: Label | None = Field(None, description="Taken for compatibility: nobody is told apart by it")

    def parameters(self) -> dict[str, Any]:
        if self.size in (None, _AUTO):
            return {}
        width, height = map(int, str(self.size).split("x"))
        return {"width": width, "height": height}


class Images(OpenAI[ImageRequest]):
    """Images come as base64 of PNG files."""

    name, mark = "openai-images", FIELD
    Request = ImageRequest
    words: ClassVar[Mapping[str, str]] = {"width": SIZE, "height": SIZE}
    not_done: ClassVar[Mapping[str, Refused]] = {
        "background": Refused("what is behind is the model's own to say", ("auto", "opaque")),
        "complexity": Refused("models here have no such setting"),
        "frame_count": Refused("images do not move", (1,)),
        "frame_duration_ms": Refused("images do not move"),
        "moderation": Refused("nothing is moderated here", ("auto", "low")),
        "output_compression": Refused("PNG files lose nothing", (100,)),
        "output_format": Refused("images are PNG files", ("png",)),
        "partial_images": Refused("images come when they are done", (0,)),
        "quality": Refused("models here have no such setting; use num_inference_steps", ("auto", "standard")),
        "response_format": Refused("nothing is stored here, so there is no URL; use b64_json", ("b64_json",)),
        "stream": Refused("images come when they are done", (False,)),
        "style": Refused("models here have no such setting; ask for it in the prompt"),
        "svg": Refused("images are made of pixels"),
    }

    def serves(self, task: Task) -> bool:
        return task.name == "text-to-image"

    def inputs(self, request: ImageRequest, entry: Entry) -> tuple[list[Any], bool]:
        limit, wanted = entry.model.limits.max_items, request.n or 1
        if wanted > limit:
            raise TooManyItems(f"`n` is {wanted}, and this model takes {limit} in one request (limits.max_items)", "n")
        [checked], _ = entry.inputs(request.prompt, FIELD)
        return [checked] * wanted, False

    def more(self, request: ImageRequest, params: Params) -> Mapping[str, Any]:
        if (request.n or 1) > 1 and getattr(params, "seed", None) is not None:
            raise InvalidInput("`seed` does not go with `n` above 1: all images of one seed are the same", "seed")
        return {}

    def example(self, task: Task) -> Body:
        value, params = task.example()
        return {FIELD: value, **params}

    def placed(self, error: AppError, entry: Entry, index: int | None) -> AppError:
        # Whatever is wrong with the one prompt is wrong with it for each of its images.
        return super().placed(error, entry, None)

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        request: ImageRequest = call.asked[REQUEST]
        told = {} if request.size in (None, _AUTO) else {SIZE: request.size}
        data = [{"b64_json": image.base64} for image in outputs]
        return {"created": int(time.time()), "data": data, "output_format": "png", **told}
