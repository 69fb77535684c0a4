"""The body of a chat, as OpenAI's clients write it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from serve_app.ingress.dialects.openai.tool_choice import chosen
from serve_app.ingress.dialects.openai.writing_request import PASSED, WritingRequest

EFFORT = "reasoning_effort"


class ChatRequest(WritingRequest):
    """The conversation itself is checked by the task, as are the parameters."""

    passed: ClassVar[Mapping[str, str]] = {**PASSED, "max_completion_tokens": "max_new_tokens"}

    messages: list[Any] = Field(description="The conversation: roles, contents, calls and their results")
    tools: list[Any] | None = Field(None, description="Functions that the model may call")
    tool_choice: str | dict[str, Any] | None = Field(
        None, description="none, auto, required, one function, or allowed_tools"
    )
    parallel_tool_calls: bool | None = Field(None, description="false: at most one call, with which the answer ends")
    logprobs: bool | None = Field(None, description="Tell how likely each token was")
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = Field(
        None, description="So many of the likeliest tokens at each place; goes with logprobs"
    )
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = Field(
        None, description="For models whose chat template reads it; refused by others"
    )
    chat_template_kwargs: dict[str, Any] | None = Field(
        None, description="Variables of the model's own chat template, such as enable_thinking"
    )
    documents: list[Any] | None = Field(None, description="For templates that put documents into the prompt")
    continue_final_message: bool | None = Field(None, description="Write on from the last message, the assistant's own")

    @model_validator(mode="after")
    def _tops_of_logprobs(self) -> "ChatRequest":
        if self.top_logprobs is not None and not self.logprobs:
            raise ValueError("top_logprobs goes with logprobs: true only")
        if self.reasoning_effort is not None and EFFORT in (self.chat_template_kwargs or {}):
            raise ValueError("reasoning_effort is given twice, and chat_template_kwargs holds the other")
        return self

    @property
    def tops(self) -> int | None:
        return (self.top_logprobs or 0) if self.logprobs else None

    @property
    def most_calls(self) -> int | None:
        """How many calls the caller takes of one answer."""
        return 1 if self.parallel_tool_calls is False else None

    def conversation(self) -> dict[str, Any]:
        """The same in the task's words."""
        tools, choice = chosen(self.tools, self.tool_choice)
        effort = {} if self.reasoning_effort is None else {EFFORT: self.reasoning_effort}
        told = {
            "messages": self.messages,
            "tools": tools,
            "tool_choice": choice,
            "parallel_tool_calls": self.parallel_tool_calls,
            "documents": self.documents,
            "template": {**(self.chat_template_kwargs or {}), **effort} or None,
            "continue": self.continue_final_message,
        }
        return {name: value for name, value in told.items() if value is not None}
