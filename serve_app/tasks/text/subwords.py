"""A tokenizer's tokens as the parts of words that they are."""

from collections.abc import Sequence
from typing import Any


class Subwords:
    """Tells which tokens go on with a word, by the mark of the vocabulary or, where it has none, by the spaces."""

    def __init__(self, tokenizer: Any) -> None:
        self._fast = tokenizer.backend_tokenizer
        self._decoder = self._fast.decoder
        self._has_mark = bool(getattr(self._fast.model, "continuing_subword_prefix", None))
        self._unknown = getattr(tokenizer, "unk_token_id", None)

    def part(self, text: str, id: int, start: int, end: int) -> tuple[str, bool]:
        """How the token at this place of the text is written, and whether it belongs to the word before it."""
        place = text[start:end]
        if id == self._unknown:
            return place, False
        written: str = self._fast.id_to_token(id)
        if self._has_mark:
            return written, len(written) != len(place)
        return written, start > 0 and " " not in text[start - 1 : start + 1]

    def said(self, parts: Sequence[str]) -> str:
        """Tokens, or words made of them, as one text."""
        return " ".join(parts) if self._decoder is None else str(self._decoder.decode(list(parts)))
