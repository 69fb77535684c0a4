"""The parameters of a request that are the protocol's, beside those that are the task's."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from serve_app.errors import InvalidInput
from serve_app.ingress.dialects.open_inference.media_files import RATE
from serve_app.ingress.dialects.open_inference.request import Name, Part
from serve_app.ingress.dialects.open_inference.tensors import Tensor
from serve_app.refusals import refusal

PARAMETERS = "parameters"


class OwnParameters(Part):
    binary_data_output: bool | None = Field(None, description="Answer every tensor behind the JSON")
    sampling_rate: Annotated[int, Field(ge=1000, le=384_000)] | None = Field(
        None, description=f"Samples a second of a sound that is sent as FP32; {RATE} by default"
    )
    content_type: Name | None = Field(None, description="Taken for compatibility: datatypes and names tell")


def divided(given: Any, names_of_task: Mapping[str, Any]) -> tuple[OwnParameters, Any]:
    """The protocol's, and what is left for the task; a name that the task has too is the task's."""
    if not isinstance(given, dict):
        return OwnParameters(), given
    names = OwnParameters.model_fields.keys() - names_of_task.keys()
    try:
        own = OwnParameters.model_validate({name: given[name] for name in names & given.keys()})
    except ValidationError as error:
        raise refusal(error, PARAMETERS, own_names=True) from None
    return own, {name: value for name, value in given.items() if name not in names}


def rate_of(own: OwnParameters, tensors: Iterable[Tensor]) -> int:
    """Samples a second of the sounds that are no files; files tell theirs."""
    if own.sampling_rate is not None and all(tensor.datatype != "FP32" for tensor in tensors):
        field = f"{PARAMETERS}.sampling_rate"
        raise InvalidInput(f"`{field}` is for a sound that is sent as FP32; files tell theirs", field)
    return own.sampling_rate or RATE
