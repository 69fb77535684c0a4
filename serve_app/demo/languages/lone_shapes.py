"""Pictures of one coloured shape each."""

import io
import random
from typing import TYPE_CHECKING, NamedTuple

from serve_app.demo.languages.shapes import picture

if TYPE_CHECKING:
    from PIL.Image import Image as Picture


class Shown(NamedTuple):
    """A picture and what it shows."""

    image: "Picture"
    label: str


def training_example(rng: random.Random) -> Shown:
    scene = picture(rng, 1)
    return Shown(scene.image, scene.labels[0])


def held_out_examples(count: int) -> list[Shown]:
    """No picture is ever made twice."""
    rng = random.Random(1)
    return [training_example(rng) for _ in range(count)]


def example() -> bytes:
    """A red star, as a PNG file."""
    file = io.BytesIO()
    rng = random.Random(2)
    shown = next(shown for shown in iter(lambda: training_example(rng), None) if shown.label == "red star")
    shown.image.save(file, "PNG")
    return file.getvalue()
