"""What stands between the text that a model writes and what is told of it, where the two are not the same."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, Protocol

Part = Literal["content", "reasoning"]


class Piece(NamedTuple):
    """More of one part of the answer."""

    part: Part
    text: str


class Sieve(Protocol):
    """One answer's text goes in as it grows; what may be shown comes out."""

    @property
    def thinks(self) -> bool:
        """Whether the model is in the middle of its thoughts."""

    @property
    def called(self) -> bool:
        """Whether there is a whole call by now."""

    def push(self, text: str) -> list[Piece]:
        """More text: what of it, and of what was held back, is certain by now."""

    def finish(self) -> list[Piece]:
        """No more text: all that was held back."""

    def answer(self) -> dict[str, Any]:
        """The whole answer, when it is finished."""


def gathered(pieces: Iterable[Piece]) -> list[Piece]:
    """As few pieces as there can be, without empty ones."""
    told: list[Piece] = []
    for piece in pieces:
        if told and told[-1].part == piece.part:
            told[-1] = Piece(piece.part, told[-1].text + piece.text)
        elif piece.text:
            told.append(piece)
    return told
