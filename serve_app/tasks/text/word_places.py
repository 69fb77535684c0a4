"""Where the words of a text begin and end, in any script."""

import re
import unicodedata

import numpy as np
from numpy.typing import NDArray

# Scripts that set no spaces between words: a whole sentence would count as one.
_UNSPACED = (
    "CJK ",
    "HALFWIDTH KATAKANA ",
    "HIRAGANA ",
    "IDEOGRAPHIC ",
    "KATAKANA ",
    "KATAKANA-HIRAGANA ",
    "KHMER ",
    "LAO ",
    "MYANMAR ",
    "THAI ",
)
_APART, _CLINGING, _INSIDE, _SPACE = "acis"
_WORD = re.compile(f"{_APART}{_CLINGING}*|[{_INSIDE}{_CLINGING}]+")
_NO_SPACE = re.compile(r"\S+")


def words(text: str) -> NDArray[np.int64]:
    """Start and end of each word: punctuation and unspaced scripts go by the character, with the marks upon it."""
    kinds = text.translate({ord(character): _kind(character) for character in set(text)})
    return _stretches(_WORD, kinds)


def solid(text: str) -> NDArray[np.int64]:
    """Start and end of each stretch without white space."""
    return _stretches(_NO_SPACE, text)


def _stretches(pattern: re.Pattern[str], text: str) -> NDArray[np.int64]:
    return np.asarray([match.span() for match in pattern.finditer(text)], dtype=np.int64).reshape(-1, 2)


def _kind(character: str) -> str:
    if character.isspace():
        return _SPACE
    category = unicodedata.category(character)
    # Combining marks and joiners hold together what stands around them, such as the parts of an emoji.
    if category[0] == "M" or category == "Cf":
        return _CLINGING
    alone = category[0] == "P" or (character.isascii() and not character.isalnum())
    return _APART if alone or unicodedata.name(character, "").startswith(_UNSPACED) else _INSIDE
