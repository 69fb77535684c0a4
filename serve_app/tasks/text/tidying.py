"""Spaces that a tokenizer left before punctuation, taken out as its own decoder would."""

from typing import Any

_ATTACHED = (".", "?", "!", ",")
_ENDINGS = ("n't", "'m", "'s", "'ve", "'re")


def tidies(tokenizer: Any) -> bool:
    """Whether the tokenizer's files ask for it; byte pairs know their spaces, and are left alone all the same."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    wanted = getattr(tokenizer, "clean_up_tokenization_spaces", False)
    return bool(wanted) and (fast is None or type(fast.model).__name__ != "BPE")


def tidy(text: str) -> str:
    """The text as it is written: no space before a full stop, none inside a contraction."""
    for mark in _ATTACHED:
        text = text.replace(f" {mark}", mark)
    text = text.replace(" ' ", "'")
    for ending in _ENDINGS:
        text = text.replace(f" {ending}", ending)
    return text
