"""Little English facts with a gap that a single word fills: capitals, opposites, young animals, colours."""

import random
from typing import NamedTuple

from serve_app.demo.languages.base import Example, number_below

GAP = "[MASK]"


class _Kind(NamedTuple):
    """Pairs in which each word belongs to one other, and sentences that hold for all of them."""

    pairs: str
    sentences: tuple[str, ...]


_KINDS = (
    _Kind(
        "France Paris;Germany Berlin;Spain Madrid;Italy Rome;Portugal Lisbon;Poland Warsaw;Sweden Stockholm;"
        "Norway Oslo;Denmark Copenhagen;Finland Helsinki;Greece Athens;Hungary Budapest;Russia Moscow;Turkey Ankara;"
        "Japan Tokyo;China Beijing;Thailand Bangkok;Vietnam Hanoi;England London;Egypt Cairo;Kenya Nairobi;Cuba Havana",
        (
            "The capital of {a} is {b}.",
            "{b} is the capital of {a}.",
            "If you travel to {a}, you should visit {b}.",
            "The city of {b} is in {a}.",
        ),
    ),
    _Kind(
        "hot cold;big small;fast slow;old young;happy sad;rich poor;light dark;open closed;early late;full empty;"
        "high low;loud quiet;soft hard;clean dirty;strong weak;thick thin;wet dry;near far;sweet bitter;right wrong",
        (
            "The opposite of {a} is {b}.",
            "If it is not {a}, it must be {b}.",
            "It was {a} yesterday, and now it is {b} instead.",
            "{a} and {b} are opposites.",
        ),
    ),
    _Kind(
        "cat kitten;dog puppy;cow calf;sheep lamb;horse foal;pig piglet;hen chick;duck duckling;goose gosling;"
        "bear cub;goat kid;deer fawn;frog tadpole;owl owlet",
        (
            "A baby {a} is called a {b}.",
            "A {b} grows up to be a {a}.",
            "The {a} looks after its {b}.",
            "Every {a} was a {b} once.",
        ),
    ),
    _Kind(
        "grass green;snow white;coal black;blood red;chocolate brown;lemons yellow;plums purple;carrots orange;"
        "sapphires blue;elephants gray;flamingos pink",
        (
            "The color of {a} is {b}.",
            "Everybody knows that {a} looks {b}.",
            "As {b} as {a}.",
            "I painted it {b}, the color of {a}.",
        ),
    ),
)


def training_example(rng: random.Random) -> Example:
    return _example(rng, held_out=False)


def held_out_examples(count: int) -> list[Example]:
    """Sentences that were never trained on; their facts were, in other words."""
    rng = random.Random(1)
    return [_example(rng, held_out=True) for _ in range(count)]


def words() -> list[str]:
    """Every word of the language."""
    return [
        word
        for kind in _KINDS
        for text in (kind.pairs.replace(";", " "), *kind.sentences)
        for word in text.format(a="", b="").split()
    ]


def _example(rng: random.Random, held_out: bool) -> Example:
    """One wording of each fact is kept back; the others teach it in both directions."""
    while True:
        kind = rng.choice(_KINDS)
        first, second = rng.choice(kind.pairs.split(";")).split()
        number = rng.randrange(len(kind.sentences))
        if (number == number_below(len(kind.sentences), first)) == held_out:
            break
    sentence = kind.sentences[number]
    if rng.random() < 0.5:
        return Example(_sentence(sentence, first, GAP), second.lower())
    return Example(_sentence(sentence, GAP, second), first.lower())


def _sentence(sentence: str, first: str, second: str) -> str:
    filled = sentence.format(a=first, b=second)
    return filled[0].upper() + filled[1:]
