"""The body of an inference request."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

MOST_TENSORS = 64
MOST_AXES = 8
LONGEST_AXIS = 2**31 - 1
Name = Annotated[str, Field(min_length=1, max_length=256)]
Axis = Annotated[int, Field(ge=0, le=LONGEST_AXIS)]


class Part(BaseModel):
    """What is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class InputParameters(Part):
    binary_data_size: Annotated[int, Field(ge=0, le=LONGEST_AXIS)] | None = Field(
        None, description="The tensor's bytes, which stand behind the JSON"
    )
    content_type: Name | None = Field(None, description="Taken for compatibility: the datatype and the name tell")


class InputTensor(Part):
    name: Name = Field(description="Which one, as the model's metadata lists them")
    shape: Annotated[list[Axis], Field(min_length=1, max_length=MOST_AXES)] = Field(description="Its axes, rows first")
    datatype: Name = Field(description="Of its elements")
    data: Any = Field(None, description="The elements, row by row: flat, or in lists as the shape says")
    parameters: InputParameters = Field(InputParameters(), description="How it is sent")


class OutputParameters(Part):
    binary_data: bool | None = Field(None, description="Answer it behind the JSON")
    content_type: Name | None = Field(None, description="Taken for compatibility: the datatype and the name tell")


class OutputTensor(Part):
    name: Name = Field(description="Which one, as the model's metadata lists them")
    parameters: OutputParameters = Field(OutputParameters(), description="How it is wanted")


class Request(Part):
    """Null is the same as absent."""

    id: Annotated[str, Field(max_length=256)] | None = Field(None, description="Said again in the answer")
    parameters: Any = Field(None, description="The task's parameters")
    inputs: Annotated[list[InputTensor], Field(min_length=1, max_length=MOST_TENSORS)] = Field(
        description="One tensor for each part of the input, with as many rows as there are inputs"
    )
    outputs: Annotated[list[OutputTensor], Field(max_length=MOST_TENSORS)] | None = Field(
        None, description="Which parts of the answer are wanted; without it all but `json`"
    )
