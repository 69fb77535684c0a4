"""What a caller may send as a conversation: messages as OpenAI writes them, and what the template takes beside them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from serve_app.tasks.text.alternatives import by_look
from serve_app.tasks.text.chat.values import JsonObject

MOST_MESSAGES = 1000
MOST_TOOLS = 128
MOST_CALLS = 128
MOST_DOCUMENTS = 1000
MOST_PIECES = 1000

CONFIG = ConfigDict(extra="forbid", strict=True)
Words = Annotated[str, Strict()]
Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\w.:/-]+$")]
Id = Annotated[str, Field(max_length=256)]


def without_nulls(value: Any) -> Any:
    """Clients send null for what is absent, and send back what they got."""
    return {name: part for name, part in value.items() if part is not None} if isinstance(value, dict) else value


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def is_list(value: Any) -> bool:
    return isinstance(value, list)


class TextPiece(TypedDict):
    """One of several texts that make a message."""

    __pydantic_config__ = CONFIG  # type: ignore[misc]

    type: Annotated[Literal["text"], Field(description="This model reads text only")]
    text: Words


Pieces = Annotated[list[TextPiece], Strict(), Field(min_length=1, max_length=MOST_PIECES)]


class CalledFunction(TypedDict):
    """Which function, and what with."""

    __pydantic_config__ = CONFIG  # type: ignore[misc]

    name: Name
    arguments: Annotated[
        Words | JsonObject, by_look(Words, JsonObject, _is_object), Field(description="A JSON object, or its text")
    ]


class Call(TypedDict):
    """A call that the model made earlier."""

    __pydantic_config__ = CONFIG  # type: ignore[misc]

    id: NotRequired[Id]
    type: NotRequired[Literal["function"]]
    function: CalledFunction


class BareMessage(TypedDict):
    """All of a message but its content."""

    __pydantic_config__ = CONFIG  # type: ignore[misc]

    role: Literal["system", "developer", "user", "assistant", "tool"]
    name: NotRequired[Id]
    reasoning_content: NotRequired[Annotated[Words, Field(description="What the model thought before it answered")]]
    tool_calls: NotRequired[Annotated[list[Call], Strict(), Field(max_length=MOST_CALLS)]]
    tool_call_id: NotRequired[Id]


class _Message(BareMessage):
    __pydantic_config__ = CONFIG  # type: ignore[misc]

    content: NotRequired[Annotated[Words | Pieces, by_look(Words, Pieces, is_list)]]


def says_something(message: Mapping[str, Any]) -> Mapping[str, Any]:
    if message["role"] != "assistant" and "tool_calls" in message:
        raise PydanticCustomError("calls_of_others", "has `tool_calls`, which only the role `assistant` makes")
    if "content" not in message and not message.get("tool_calls"):
        raise PydanticCustomError("no_content", "must have `content`")
    return message


Message = Annotated[_Message, BeforeValidator(without_nulls), AfterValidator(says_something)]


class Function(TypedDict):
    """What a model may call."""

    __pydantic_config__ = CONFIG  # type: ignore[misc]

    name: Name
    description: NotRequired[Words]
    parameters: NotRequired[Annotated[JsonObject, Field(description="The JSON schema of the arguments")]]
    strict: NotRequired[Annotated[bool, Field(description="Taken for compatibility: forced calls follow the schema")]]


class _Tool(TypedDict):
    __pydantic_config__ = CONFIG  # type: ignore[misc]

    type: Literal["function"]
    function: Annotated[Function, BeforeValidator(without_nulls)]


Tool = Annotated[_Tool, BeforeValidator(without_nulls)]


class ChosenFunction(TypedDict):
    """Only its name."""

    __pydantic_config__ = CONFIG  # type: ignore[misc]

    name: Name


class ChosenTool(TypedDict):
    """The function that must be called."""

    __pydantic_config__ = CONFIG  # type: ignore[misc]

    type: Literal["function"]
    function: ChosenFunction


Choice = Literal["auto", "none", "required"]

# Its name is a word of Python.
_Continuable = TypedDict(
    "_Continuable",
    {
        "continue": NotRequired[
            Annotated[bool, Field(description="Write on from the last message, the assistant's own")]
        ]
    },
)


class BareConversation(_Continuable):
    """What the model may call and read beside the messages."""

    __pydantic_config__ = CONFIG  # type: ignore[misc]

    tools: NotRequired[Annotated[list[Tool], Strict(), Field(max_length=MOST_TOOLS)]]
    tool_choice: NotRequired[
        Annotated[
            Choice | ChosenTool,
            by_look(Choice, ChosenTool, _is_object),
            Field(description="auto lets the model decide, and is the default with tools"),
        ]
    ]
    parallel_tool_calls: NotRequired[
        Annotated[bool, Field(description="false: at most one call, with which the answer ends")]
    ]
    documents: NotRequired[
        Annotated[
            list[JsonObject],
            Strict(),
            Field(max_length=MOST_DOCUMENTS, description="For templates that put documents into the prompt"),
        ]
    ]
    truncation: NotRequired[
        Annotated[
            Literal["auto", "disabled"],
            Field(description="auto leaves out the oldest turns of a conversation that is too long for the model"),
        ]
    ]
    template: NotRequired[
        Annotated[JsonObject, Field(description="Variables of the model's own template, such as enable_thinking")]
    ]


class Conversation(BareConversation):
    """Messages, and what goes with them."""

    __pydantic_config__ = CONFIG  # type: ignore[misc]

    messages: Annotated[list[Message], Strict(), Field(min_length=1, max_length=MOST_MESSAGES)]


Chat = Annotated[Conversation, BeforeValidator(without_nulls)]
