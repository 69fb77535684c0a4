"""Decoding for answers whose marks are special tokens, which are otherwise left out of a text."""

from collections.abc import Collection
from typing import Any


class Spelling:
    """Decodes like a tokenizer in Python, and spells these special tokens out."""

    def __init__(self, tokenizer: Any, left_out: Collection[int]) -> None:
        self._tokenizer, self._left_out = tokenizer, left_out
        self._fast = getattr(tokenizer, "backend_tokenizer", None)

    def decode(self, ids: list[int], **_: Any) -> str:
        kept = [id for id in ids if id not in self._left_out]
        if self._fast is not None:
            return str(self._fast.decode(kept, skip_special_tokens=False))
        return str(self._tokenizer.decode(kept, skip_special_tokens=False, clean_up_tokenization_spaces=False))


def spelling(tokenizer: Any, marks: Collection[str] | None) -> Any:
    """What decodes answers with these marks, or with all special tokens: the tokenizer itself where it keeps them."""
    added = getattr(tokenizer, "added_tokens_decoder", {})
    special = {id: str(token) for id, token in added.items() if token.special}
    left_out = frozenset(id for id, text in special.items() if marks is not None and text not in marks)
    return tokenizer if len(left_out) == len(special) else Spelling(tokenizer, left_out)
