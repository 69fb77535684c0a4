"""What a model answers in a chat."""

from typing_extensions import TypedDict


class ToolCall(TypedDict):
    """A call that the model wants made; the arguments are the text of a JSON object."""

    name: str
    arguments: str


class Said(TypedDict):
    """The answer in its parts."""

    content: str
    reasoning_content: str | None
    tool_calls: list[ToolCall]
