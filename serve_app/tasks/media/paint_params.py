"""The parameters of everything that makes images."""

from typing import Annotated

from pydantic import Field

from serve_app.tasks.base import Params

LONGEST_SIDE = 2048
Side = Annotated[int, Field(ge=8, le=LONGEST_SIDE, multiple_of=8)]
PromptText = Annotated[str, Field(max_length=10_000)]
OF_THE_CALL = ("num_inference_steps", "guidance_scale", "strength", "negative_prompt")
"""What pipelines take by these names, though not each of them takes all."""
SHARED = ("num_inference_steps", "guidance_scale", "strength", "scheduler")
"""What all images of one call have alike."""


class PaintParams(Params):
    """What is not given is as the pipeline itself has it."""

    num_inference_steps: Annotated[int, Field(ge=1, le=500)] | None = Field(
        None, description="Steps from noise to the image: more of them take longer, and mostly look better"
    )
    guidance_scale: Annotated[float, Field(ge=0, le=100)] | None = Field(
        None, description="How closely the image follows the prompt; up to 1 the negative prompt is not looked at"
    )
    negative_prompt: PromptText | None = Field(None, description="What the image should not show")
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = Field(
        None, description="Makes the image repeatable, whatever else is made beside it"
    )
    scheduler: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        None, description="Another class of diffusers to lead the steps, such as EulerDiscreteScheduler"
    )
