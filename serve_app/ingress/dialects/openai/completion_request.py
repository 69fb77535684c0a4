"""The body of a completion, as OpenAI's clients write it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from serve_app.errors import InvalidInput
from serve_app.ingress.dialects.openai.request import PASSED, Request

FIELD = "prompt"


class CompletionRequest(Request):
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
        if isinstance(self.prompt, str):
            return self.prompt
        if self.prompt and _is_id(self.prompt[0]):
            return {"token_ids": self.prompt}
        for index, each in enumerate(self.prompt):
            if not isinstance(each, str | list):
                raise InvalidInput(f"`{FIELD}[{index}]` must be a string or a list of token ids", f"{FIELD}[{index}]")
        return [{"token_ids": each} if isinstance(each, list) else each for each in self.prompt]


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
