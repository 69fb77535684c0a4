"""The body of a completion, as OpenAI's clients write it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from serve_app.ingress.dialects.openai.token_ids import texts_or_ids
from serve_app.ingress.dialects.openai.writing_request import PASSED, WritingRequest

FIELD = "prompt"


class CompletionRequest(WritingRequest):
    """The prompts themselves are checked by the task, as are the parameters."""

    passed: ClassVar[Mapping[str, str]] = {**PASSED, "best_of": "best_of", "truncate": "truncate"}

    prompt: str | list[Any] = Field(description="A text or the ids of its tokens, or a list of either")
    echo: bool | None = Field(None, description="Put the prompt in front of each answer")
    return_full_text: bool | None = Field(None, description="The same as echo")
    logprobs: Annotated[int, Field(ge=0, le=20)] | None = Field(
        None, description="Tell how likely each token was, and so many of the likeliest at each place"
    )

    @model_validator(mode="after")
    def _echo_without_logprobs(self) -> "CompletionRequest":
        if self.echoes and self.logprobs is not None:
            raise ValueError("logprobs does not go with echo: the prompt's own tokens have none here")
        return self

    @property
    def echoes(self) -> bool:
        return bool(self.echo or self.return_full_text)

    @property
    def tops(self) -> int | None:
        return self.logprobs

    def prompts(self) -> Any:
        """One prompt or a list of them, as the task takes them."""
        return texts_or_ids(self.prompt, FIELD)
