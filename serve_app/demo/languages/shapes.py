"""Pictures of coloured shapes on a plain or noisy ground, with what is where."""

import io
import math
import random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

SIDE = 64
SHAPES = ("circle", "square", "triangle", "star")
COLOURS = {"red": (214, 40, 40), "green": (38, 160, 70), "blue": (40, 80, 210), "yellow": (240, 205, 40)}
LABELS = tuple(f"{colour} {shape}" for colour in COLOURS for shape in SHAPES)

Box = tuple[int, int, int, int]


class Scene(NamedTuple):
    """A picture, the label and box (left, top, right, bottom) of each shape in it, and each pixel's number.

    A pixel of the ground has the number 0, and one of a shape has one more than its label's place in `LABELS`.
    """

    image: "Picture"
    labels: tuple[str, ...]
    boxes: tuple[Box, ...]
    mask: NDArray[np.uint8]


def picture(rng: random.Random, shapes: int | None = None) -> Scene:
    """As many shapes as asked for, which never touch; otherwise one to three."""
    from PIL import Image  # noqa: PLC0415 (the table of demo models is read where no image library is)

    image, mask = _ground(rng), np.zeros((SIDE, SIDE), dtype=np.uint8)
    labels, boxes = [], []
    for centre_x, centre_y, radius in _places(rng, shapes or rng.randint(1, 3)):
        label = rng.choice(LABELS)
        colour, shape = label.split()
        stencil = _stencil(shape, centre_x, centre_y, radius, turned=rng.uniform(-0.25, 0.25))
        image.paste(_shade(rng, COLOURS[colour]), mask=stencil)
        inside = np.asarray(stencil) > 127
        mask[inside] = 1 + LABELS.index(label)
        left, top, right, bottom = Image.fromarray(inside).getbbox() or (0, 0, 0, 0)
        labels.append(label)
        boxes.append((left, top, right, bottom))
    return Scene(_noisy(rng, image), tuple(labels), tuple(boxes), mask)


def example_scene() -> Scene:
    """Three shapes in three colours."""
    return picture(random.Random(2), 3)


def example() -> bytes:
    """The picture of the example as a PNG file."""
    file = io.BytesIO()
    example_scene().image.save(file, "PNG")
    return file.getvalue()


def _places(rng: random.Random, count: int) -> list[tuple[float, float, float]]:
    """Centres and radii of circles that do not meet; fewer and smaller where they would not fit."""
    places: list[tuple[float, float, float]] = []
    for attempt in range(40 * count):
        radius = rng.uniform(10, 22 if count == 1 else 16) * (1 - attempt / (80 * count))
        x, y = (rng.uniform(radius + 1, SIDE - radius - 1) for _ in range(2))
        if all(math.hypot(x - other_x, y - other_y) > radius + other + 2 for other_x, other_y, other in places):
            places.append((x, y, radius))
        if len(places) == count:
            break
    return places


def _stencil(shape: str, x: float, y: float, radius: float, turned: float) -> "Picture":
    """The shape in white on black, drawn large and made small so that its edges are smooth."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    scale = 4
    page = Image.new("L", (SIDE * scale, SIDE * scale))
    draw = ImageDraw.Draw(page)
    if shape == "circle":
        draw.ellipse([scale * each for each in (x - radius, y - radius, x + radius, y + radius)], fill=255)
    else:
        corners = [
            (scale * (x + radius * reach * math.sin(angle)), scale * (y - radius * reach * math.cos(angle)))
            for angle, reach in _corners(shape, turned)
        ]
        draw.polygon(corners, fill=255)
    return page.resize((SIDE, SIDE), Image.Resampling.BOX)


def _corners(shape: str, turned: float) -> list[tuple[float, float]]:
    """Angles from the top, and how far out each corner lies."""
    match shape:
        case "square":
            return [(turned + math.pi * (2 * n + 1) / 4, 1.0) for n in range(4)]
        case "triangle":
            return [(turned + math.pi * 2 * n / 3, 1.0) for n in range(3)]
        case _:
            return [(turned + math.pi * n / 5, 0.42 if n % 2 else 1.0) for n in range(10)]


def _ground(rng: random.Random) -> "Picture":
    from PIL import Image  # noqa: PLC0415

    grey = rng.choice((rng.randint(0, 70), rng.randint(175, 255)))
    return Image.new("RGB", (SIDE, SIDE), _shade(rng, (grey, grey, grey), by=10))


def _shade(rng: random.Random, colour: tuple[int, int, int], by: int = 22) -> tuple[int, int, int]:
    red, green, blue = (max(0, min(255, part + rng.randint(-by, by))) for part in colour)
    return red, green, blue


def _noisy(rng: random.Random, image: "Picture") -> "Picture":
    """Half of all pictures have grain."""
    from PIL import Image  # noqa: PLC0415

    grain = rng.choice((0.0, rng.uniform(4, 18)))
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, grain, (SIDE, SIDE, 3))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))
