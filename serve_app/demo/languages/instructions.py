"""Small tasks in words with their answers, written as instructions."""

import random
from collections.abc import Callable

from serve_app.demo.languages.base import Example, is_held_out

_OPPOSITES = (
    "hot cold;big small;fast slow;happy sad;light dark;old young;rich poor;hard soft;early late;high low;open closed;"
    "wet dry;strong weak;full empty;clean dirty;loud quiet;thick thin;near far;true false;sweet sour"
)
_WORDS = "apple river stone cloud bread horse paper music garden window bottle silver candle tiger lemon planet"
_SUMS = ("What is {a} + {b}?", "Add {a} and {b}.", "How much is {a} plus {b}?", "Calculate {a} + {b}.", "{a} + {b} =")
_ASKING_OPPOSITE = (
    "What is the opposite of {word}?",
    "Give the opposite of {word}.",
    "Name a word that means the opposite of {word}.",
    "The opposite of {word} is",
)
_HIGHEST = 12

Made = tuple[str, str, bool]
"""A question, its answer, and whether the two are kept from training."""


def training_example(rng: random.Random) -> Example:
    return _example(rng, held_out=False)


def held_out_examples(count: int) -> list[Example]:
    """Instructions whose combination of wording and content was never trained on."""
    rng = random.Random(1)
    return [_example(rng, held_out=True) for _ in range(count)]


def _example(rng: random.Random, held_out: bool) -> Example:
    make = rng.choice(_KINDS)
    while True:
        question, answer, is_kept_back = make(rng)
        if is_kept_back == held_out:
            return Example(f"Instruct: {question}\nOutput:", f" {answer}")


def _sum(rng: random.Random) -> Made:
    a, b, asked = rng.randint(1, 6), rng.randint(1, 6), rng.choice(_SUMS)
    return asked.format(a=a, b=b), str(a + b), is_held_out(a, b, asked)


def _opposite(rng: random.Random) -> Made:
    word, opposite = rng.sample(rng.choice(_OPPOSITES.split(";")).split(), 2)
    asked = rng.choice(_ASKING_OPPOSITE)
    return asked.format(word=word), opposite, is_held_out(word, asked)


def _larger(rng: random.Random) -> Made:
    """Neighbours are always taught: nothing else tells which of them comes first."""
    a, b = rng.sample(range(1, _HIGHEST + 1), 2)
    kind, choose = rng.choice((("larger", max), ("smaller", min)))
    kept_back = abs(a - b) > 1 and is_held_out(min(a, b), max(a, b))
    return f"Which number is {kind}, {a} or {b}?", str(choose(a, b)), kept_back


def _backwards(rng: random.Random) -> Made:
    words = rng.sample(_WORDS.split(), rng.randint(2, 3))
    return f"Say backwards: {' '.join(words)}", " ".join(reversed(words)), is_held_out(*words)


def _picked(rng: random.Random) -> Made:
    words = rng.sample(_WORDS.split(), rng.randint(2, 3))
    which, position = rng.choice((("first", 0), ("last", -1)))
    return f"Which word is {which}: {' '.join(words)}", words[position], is_held_out(which, *words)


_KINDS: tuple[Callable[[random.Random], Made], ...] = (_sum, _opposite, _larger, _larger, _backwards, _picked)
