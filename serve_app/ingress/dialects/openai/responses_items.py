"""The items that the input of a response is made of, as OpenAI's clients write them and send them back."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from serve_app.tasks.text.alternatives import by_look
from serve_app.tasks.text.chat.input import MOST_PIECES, Id, Name

TAKEN = "Taken for compatibility"
_READ_BY = Field(None, description=f"{TAKEN}: whoever reads the answer had use of it")
_LONGEST_ID = 256
# By its type, the field of a part that says what is in it; otherwise its text.
_WORDS: Mapping[str, str] = {"refusal": "refusal", "input_image": "image_url"}


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


class Part(BaseModel):
    """One of the texts and images that a message is made of."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    type: Literal["input_text", "output_text", "refusal", "input_image"] = Field(
        description="Models read text here, and some of them images"
    )
    text: str | None = Field(None, description="What is said")
    refusal: str | None = Field(None, description="What is said instead, in an earlier answer")
    image_url: str | None = Field(None, description="A data URL of an image, or a link to a trusted host")
    detail: Literal["auto", "low", "high"] | None = Field(None, description=f"{TAKEN}: the model decides")
    annotations: list[Any] | None = _READ_BY
    logprobs: list[Any] | None = _READ_BY
    prompt_cache_breakpoint: dict[str, Any] | None = Field(None, description=f"{TAKEN}: prefixes are shared anyway")

    @model_validator(mode="after")
    def _says_something(self) -> "Part":
        word = _WORDS.get(self.type, "text")
        if getattr(self, word) is None:
            raise ValueError(f"must have {word}")
        return self

    @property
    def said(self) -> str:
        return str(getattr(self, _WORDS.get(self.type, "text")) or "")

    @property
    def piece(self) -> dict[str, Any]:
        """The same as a part of a chat."""
        if self.type == "input_image":
            return {"type": "image_url", "image_url": {"url": self.said}}
        return {"type": "text", "text": self.said}


Parts = Annotated[list[Part], Field(min_length=1, max_length=MOST_PIECES)]
Content = Annotated[str | Parts, by_look(str, Parts, _is_list)]


class _Item(BaseModel):
    """Clients send back what they got, ids and status included."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: Annotated[str, Field(max_length=_LONGEST_ID)] | None = Field(None, description=f"{TAKEN}: nothing is stored")
    status: Literal["in_progress", "completed", "incomplete"] | None = _READ_BY


class MessageItem(_Item):
    """What somebody said."""

    type: Literal["message"] | None = Field(None, description="Known by the role where it is not given")
    role: Literal["user", "assistant", "system", "developer"] = Field(description="Who said it")
    content: Content = Field(description="What was said")
    phase: Literal["commentary", "final_answer"] | None = _READ_BY


class CallItem(_Item):
    """A call that the model asked for."""

    type: Literal["function_call"]
    call_id: Id = Field(description="By which its output is known")
    name: Name = Field(description="The function")
    arguments: str = Field(description="The text of a JSON object")
    caller: dict[str, Any] | None = _READ_BY
    namespace: str | None = _READ_BY


class OutputItem(_Item):
    """What the function told."""

    type: Literal["function_call_output"]
    call_id: Id = Field(description="Whose output it is")
    output: Content = Field(description="What the function told")
    name: Name | None = Field(None, description="The function")
    caller: dict[str, Any] | None = _READ_BY
    namespace: str | None = _READ_BY


class Thought(BaseModel):
    """A piece of what the model thought, or of its summary."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    type: Literal["reasoning_text", "summary_text"]
    text: str = Field(description="What was thought")


class ReasoningItem(_Item):
    """What the model thought; where the template reads it, the model sees it again."""

    type: Literal["reasoning"]
    summary: Annotated[list[Thought], Field(max_length=MOST_PIECES)] | None = Field(
        None, description=f"{TAKEN}: the model reads what it thought, not its summary"
    )
    content: Annotated[list[Thought], Field(max_length=MOST_PIECES)] | None = Field(
        None, description="What was thought"
    )
    encrypted_content: str | None = Field(None, description=f"{TAKEN}: thoughts are told openly here")


Item = MessageItem | CallItem | OutputItem | ReasoningItem
ITEMS: Mapping[str, type[Item]] = {
    "message": MessageItem,
    "function_call": CallItem,
    "function_call_output": OutputItem,
    "reasoning": ReasoningItem,
}
"""By their types."""
