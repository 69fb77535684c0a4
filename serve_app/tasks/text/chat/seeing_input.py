"""A conversation with images in it: parts as OpenAI writes them, and as transformers' templates name them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, BeforeValidator, Field, Strict, TypeAdapter, ValidatorFunctionWrapHandler
from pydantic import WrapValidator as Wrap
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from serve_app.tasks.media.input import Image, Link
from serve_app.tasks.text.alternatives import by_look
from serve_app.tasks.text.chat.input import (
    CONFIG,
    MOST_MESSAGES,
    MOST_PIECES,
    BareConversation,
    BareMessage,
    Words,
    is_list,
    says_something,
    without_nulls,
)

MOST_IMAGES = 64


class WordsPiece(TypedDict):
    """A text among the parts of a message."""

    __pydantic_config__ = CONFIG  # type: ignore[misc]

    type: Literal["text"]
    text: Words


class _ImageUrl(TypedDict):
    __pydantic_config__ = CONFIG  # type: ignore[misc]

    url: Image
    detail: NotRequired[
        Annotated[Literal["auto", "low", "high"], Field(description="Taken for compatibility: the model decides")]
    ]


class UrlPiece(TypedDict):
    """An image as OpenAI's clients send it."""

    __pydantic_config__ = CONFIG  # type: ignore[misc]

    type: Literal["image_url"]
    image_url: Annotated[_ImageUrl, BeforeValidator(without_nulls)]


class ImagePiece(TypedDict):
    """An image as transformers' own conversations have it."""

    __pydantic_config__ = CONFIG  # type: ignore[misc]

    type: Literal["image"]
    image: Image


_KINDS: Mapping[str, TypeAdapter[Any]] = {
    "text": TypeAdapter(WordsPiece),
    "image_url": TypeAdapter(UrlPiece),
    "image": TypeAdapter(ImagePiece),
}


def _by_kind(value: Any, union: ValidatorFunctionWrapHandler) -> Any:
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise PydanticCustomError("other_piece", "must have a `type`: one of {kinds}", {"kinds": ", ".join(_KINDS)})
    return _KINDS[kind].validate_python(value)


Piece = Annotated[WordsPiece | UrlPiece | ImagePiece, Wrap(_by_kind)]
SeeingPieces = Annotated[list[Piece], Strict(), Field(min_length=1, max_length=MOST_PIECES)]


class _SeeingMessage(BareMessage):
    __pydantic_config__ = CONFIG  # type: ignore[misc]

    content: NotRequired[Annotated[Words | SeeingPieces, by_look(Words, SeeingPieces, is_list)]]


SeeingMessage = Annotated[_SeeingMessage, BeforeValidator(without_nulls), AfterValidator(says_something)]


class _SeeingConversation(BareConversation):
    __pydantic_config__ = CONFIG  # type: ignore[misc]

    messages: Annotated[list[SeeingMessage], Strict(), Field(min_length=1, max_length=MOST_MESSAGES)]


def images_of(messages: Sequence[Mapping[str, Any]]) -> dict[str, bytes | Link]:
    """Every image by the place where it stands, in the order in which a template comes by."""
    return {
        f"messages[{place}].content[{index}]": piece["image"] if "image" in piece else piece["image_url"]["url"]
        for place, message in enumerate(messages)
        if not isinstance(content := message.get("content", ""), str)
        for index, piece in enumerate(content)
        if piece["type"] != "text"
    }


def _few_images(chat: Mapping[str, Any]) -> Mapping[str, Any]:
    if (count := len(images_of(chat["messages"]))) > MOST_IMAGES:
        raise PydanticCustomError(
            "many_images",
            "holds {count} images, and {most} are taken",
            {"count": count, "most": MOST_IMAGES},
        )
    return chat


SeeingChat = Annotated[_SeeingConversation, BeforeValidator(without_nulls), AfterValidator(_few_images)]
