"""What the bodies of all OpenAI's calls have in common."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

Label = Annotated[str, Field(max_length=1000)]


class Request(BaseModel):
    """Fields are told at the root of the body; null is the same as absent."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, protected_namespaces=())
    passed: ClassVar[Mapping[str, str]] = {}
    """The task's parameters by their names in a body; the task itself checks them."""

    model: Label | None = Field(None, description="The model's name, or NAME:ADAPTER; a model's own URL needs none")
    user: Label | None = Field(None, description="Taken for compatibility: nobody is told apart by it")

    @property
    def streams(self) -> bool:
        """Override where a body may ask for a stream."""
        return False

    def parameters(self) -> dict[str, Any]:
        """Override for what its own fields say to the task."""
        return {}
