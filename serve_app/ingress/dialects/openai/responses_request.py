"""The body of a response, as OpenAI's clients write it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from serve_app.ingress.dialects.openai.responses_input import conversation
from serve_app.ingress.dialects.openai.responses_text import TextSettings
from serve_app.ingress.dialects.openai.responses_tools import Choice, FunctionTool, chosen
from serve_app.ingress.dialects.openai.writing_request import PASSED, WritingRequest
from serve_app.tasks.text.chat.input import MOST_TOOLS

EFFORT = "reasoning_effort"
LOGPROBS: Literal["message.output_text.logprobs"] = "message.output_text.logprobs"
_ELSEWHERE = {"max_tokens", "n"}
_CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True)
Included = Literal["message.output_text.logprobs", "reasoning.encrypted_content"]
Kept = Literal["auto"] | None


def _only_hints(options: dict[str, Any]) -> dict[str, Any]:
    if options.get("prewarm"):
        raise ValueError("every request here is answered, so prewarm must be false")
    return options


class Reasoning(BaseModel):
    """How the model thinks, where that can be said."""

    model_config = _CONFIG

    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = Field(
        None, description="For models whose chat template reads it; refused by others"
    )
    summary: Kept = Field(None, description="Thoughts are told as they are, and are not summed up")
    generate_summary: Kept = Field(None, description="The older name of summary")
    context: Kept = Field(None, description="The model's own template says which thoughts it sees again")
    mode: Literal["standard"] | None = Field(None, description="There is one way of running a model")


class ResponseRequest(WritingRequest):
    """The parameters are checked by the task; the rest is checked here, in the words of this call."""

    passed: ClassVar[Mapping[str, str]] = {
        "max_output_tokens": "max_new_tokens",
        **{name: parameter for name, parameter in PASSED.items() if name not in _ELSEWHERE},
    }

    prompt_cache_options: Annotated[dict[str, Any], AfterValidator(_only_hints)] | None = Field(
        None, description="Taken for compatibility: prefixes are shared anyway"
    )
    input: str | list[Any] = Field(description="What the user says, or the items of a conversation")
    instructions: str | None = Field(None, description="What comes before everything, as a system message")
    tools: Annotated[list[FunctionTool], Field(max_length=MOST_TOOLS)] | None = Field(
        None, description="Functions that the model may call"
    )
    tool_choice: Choice | None = Field(None, description="none, auto, required, one function, or allowed_tools")
    parallel_tool_calls: bool | None = Field(None, description="false: at most one call, with which the answer ends")
    max_tool_calls: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Taken for compatibility: it is about tools that run on the server, and there are none"
    )
    text: TextSettings | None = Field(None, description="What the answer must look like")
    include: Annotated[list[Included], Field(max_length=16)] | None = Field(
        None, description="What to tell beside the answer; thoughts are always told, and openly"
    )
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = Field(
        None, description=f"So many of the likeliest tokens at each place; goes with {LOGPROBS} in include"
    )
    reasoning: Reasoning | None = Field(None, description="How the model thinks")
    truncation: Literal["auto", "disabled"] | None = Field(
        None, description="auto leaves out the oldest turns of a conversation that is too long, which else is refused"
    )
    chat_template_kwargs: dict[str, Any] | None = Field(
        None, description="Variables of the model's own chat template, such as enable_thinking"
    )

    @model_validator(mode="after")
    def _said_once_and_together(self) -> "ResponseRequest":
        if self.top_logprobs and self.tops is None:
            raise ValueError(f"top_logprobs goes with {LOGPROBS} in include only")
        if EFFORT in (self.chat_template_kwargs or {}):
            raise ValueError("chat_template_kwargs holds the effort, which goes into reasoning")
        return self

    @property
    def tops(self) -> int | None:
        return (self.top_logprobs or 0) if LOGPROBS in (self.include or ()) else None

    @property
    def most_calls(self) -> int | None:
        """How many calls the caller takes."""
        return 1 if self.parallel_tool_calls is False else None

    def parameters(self) -> dict[str, Any]:
        grammar = self.text.format.grammar if self.text and self.text.format else None
        return super().parameters() | ({"grammar": grammar} if grammar else {})

    def conversation(self) -> dict[str, Any]:
        """The same in the task's words."""
        tools, choice = chosen(self.tools or (), self.tool_choice)
        effort = {EFFORT: self.reasoning.effort} if self.reasoning and self.reasoning.effort else {}
        told = {
            "messages": conversation(self.instructions, self.input),
            "tools": tools,
            "tool_choice": choice,
            "template": {**(self.chat_template_kwargs or {}), **effort} or None,
            "parallel_tool_calls": self.parallel_tool_calls,
            "truncation": self.truncation,
        }
        return {name: value for name, value in told.items() if value is not None}
