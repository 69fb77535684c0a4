"""What every generated language shares: its examples, and which of them are never trained on."""

import hashlib
import random
from typing import NamedTuple


class Example(NamedTuple):
    """A text and what the model should make of it."""

    text: str
    answer: str


class Triple(NamedTuple):
    """A sentence, the same said otherwise, and one that says something else."""

    anchor: str
    paraphrase: str
    other: str


def is_held_out(*parts: object) -> bool:
    """Whether this combination of words is kept from training, as one of eight is."""
    return number_below(8, *parts) == 0


def number_below(end: int, *parts: object) -> int:
    """A number that looks random and is the same for the same words, in every process and release of Python."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).digest()[0] % end


def invented_word(rng: random.Random) -> str:
    """A word outside any vocabulary, so that a model learns to read past what it does not know."""
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(3, 8)))
