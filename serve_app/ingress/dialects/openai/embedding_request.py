"""The body of a call for embeddings, as OpenAI's clients write it."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from serve_app.ingress.dialects.openai.request import Request
from serve_app.ingress.dialects.openai.token_ids import texts_or_ids

FIELD = "input"


class EmbeddingRequest(Request):
    """The texts themselves are checked by the task, as are the parameters."""

    passed: ClassVar[Mapping[str, str]] = {
        name: name for name in ("dimensions", "normalize", "pooling", "truncate", "truncation_direction", "prompt_name")
    }

    input: str | list[Any] = Field(description="A text or the ids of its tokens, or a list of either")
    encoding_format: Literal["float", "base64"] | None = Field(
        None, description="Numbers, or base64 of them as float32 with the lowest byte first; numbers by default"
    )

    def inputs(self) -> Any:
        """One input or a list of them, as the task takes them."""
        return texts_or_ids(self.input, FIELD)
