"""What can be said of pictures of coloured shapes: captions, and questions about them."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from serve_app.demo.languages import shapes

_GROUNDS = ("white", "dark", "noisy")


def captions() -> Iterator[str]:
    """One for each shape, colour and ground."""
    for colour, shape, ground in product(shapes.COLOURS, shapes.SHAPES, _GROUNDS):
        yield f"A {colour} {shape} on a {ground} page"


def questions() -> Iterator[str]:
    """What a person would ask."""
    yield "What is in the picture?"
    yield "How many shapes are there?"
    for shape in shapes.SHAPES:
        yield f"What colour is the {shape}?"
    for colour in shapes.COLOURS:
        yield f"Which shape is {colour}?"


def example() -> dict[str, Any]:
    """A picture and a question about it."""
    return {"text": next(questions()), "image": shapes.example()}
