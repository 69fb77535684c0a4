"""The words of a document and where each stands, in thousandths of the page."""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, Strict
from pydantic_core import PydanticCustomError

_MOST_WORDS = 5000


class Word(NamedTuple):
    """One word, and its left, top, right and bottom edge."""

    text: str
    box: tuple[int, ...]


def _in_order(box: list[float]) -> list[float]:
    left, top, right, bottom = box
    if left > right or top > bottom:
        raise PydanticCustomError("box", "must hold left, top, right and bottom, the smaller of each two first")
    return box


def _pairs(value: Any) -> Any:
    """Words and boxes in turns become pairs."""
    if isinstance(value, list) and len(value) % 2 == 0 and all(isinstance(word, str) for word in value[::2]):
        return [list(pair) for pair in zip(value[::2], value[1::2], strict=True)]
    return value


def _words(pairs: Sequence[tuple[str, list[float]]]) -> list[Word]:
    return [Word(text, tuple(int(edge) for edge in box)) for text, box in pairs]


_Edge = Annotated[float, Field(ge=0, le=1000, strict=True, allow_inf_nan=False)]
_Box = Annotated[list[_Edge], Strict(), Field(min_length=4, max_length=4), AfterValidator(_in_order)]
_Text = Annotated[str, Strict(), Field(min_length=1, max_length=200, pattern=r"\S")]
_Pair = Annotated[tuple[_Text, _Box], Strict(False)]  # JSON has lists alone
_Pairs = Annotated[list[_Pair], Field(min_length=1, max_length=_MOST_WORDS)]
_InTurns = Annotated[list[_Text | _Box], Field(min_length=2, max_length=2 * _MOST_WORDS)]

WordBoxes = Annotated[
    _Pairs,
    BeforeValidator(_pairs, json_schema_input_type=_Pairs | _InTurns),
    AfterValidator(_words),
    Field(
        description="The document's words, each with its box: left, top, right and bottom in thousandths of the page; "
        "as pairs, or words and boxes in turns"
    ),
]
