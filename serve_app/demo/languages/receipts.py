"""Short receipts: what was bought, what it cost, and where each word stands on the paper."""

import io
import random
from typing import Any, NamedTuple

THINGS = ("Bread", "Butter", "Cheese", "Coffee", "Milk", "Soup", "Tea", "Water")
_WIDTH, _LINE, _MARGIN, _PRICES = 120, 14, 8, 76
_LETTER = 6
_MOST = 4


class Word(NamedTuple):
    """One word, and its left, top, right and bottom edge in thousandths of the paper."""

    text: str
    box: tuple[int, ...]


def receipt(rng: random.Random) -> list[tuple[str, str]]:
    """Each line's thing and price, and at the end their sum."""
    bought = [(thing, rng.randint(50, 999)) for thing in rng.sample(THINGS, rng.randint(2, _MOST))]
    lines = [*bought, ("Total", sum(cents for _, cents in bought))]
    return [(thing, f"{cents // 100}.{cents % 100:02}") for thing, cents in lines]


def questions() -> list[str]:
    return ["What is the total?", "What was bought?", *(f"What did the {thing.lower()} cost?" for thing in THINGS)]


def words(lines: list[tuple[str, str]]) -> list[Word]:
    """In reading order."""
    height = _height(lines)
    return [
        Word(text, _box(left, _MARGIN + number * _LINE, len(text), height))
        for number, line in enumerate(lines)
        for text, left in zip(line, (_MARGIN, _PRICES), strict=True)
    ]


def paper(lines: list[tuple[str, str]]) -> bytes:
    """The receipt as a PNG file."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 (as in the pictures of shapes)

    image = Image.new("L", (_WIDTH, _height(lines)), "white")
    draw = ImageDraw.Draw(image)
    for number, (thing, price) in enumerate(lines):
        draw.text((_MARGIN, _MARGIN + number * _LINE), thing, fill="black")
        draw.text((_PRICES, _MARGIN + number * _LINE), price, fill="black")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def example() -> dict[str, Any]:
    """A question and the receipt that answers it, with its words."""
    lines = receipt(random.Random(0))
    boxes = [[word.text, list(word.box)] for word in words(lines)]
    return {"question": "What is the total?", "image": paper(lines), "word_boxes": boxes}


def _height(lines: list[tuple[str, str]]) -> int:
    return 2 * _MARGIN + len(lines) * _LINE


def _box(left: int, top: int, letters: int, height: int) -> tuple[int, ...]:
    right, bottom = left + letters * _LETTER, top + _LINE - 2
    return tuple(
        1000 * edge // side for edge, side in zip((left, top, right, bottom), (_WIDTH, height) * 2, strict=True)
    )
