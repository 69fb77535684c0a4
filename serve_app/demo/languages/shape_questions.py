"""Questions about a picture of a coloured shape, and every answer to one of them."""

from collections.abc import Iterator
from typing import Any

from serve_app.demo.languages import lone_shapes
from serve_app.demo.languages.shapes import COLOURS, SHAPES

ANSWERS = ("yes", "no", *COLOURS, *SHAPES)


def questions() -> Iterator[str]:
    """What is asked of its colour and of its shape."""
    yield "Which shape is it?"
    for shape in SHAPES:
        yield f"What colour is the {shape}?"
        yield f"Is there a {shape}?"
    for colour in COLOURS:
        yield f"Is it {colour}?"


def example() -> dict[str, Any]:
    """A question, and the picture that it is about."""
    return {"question": "What colour is the star?", "image": lone_shapes.example()}
