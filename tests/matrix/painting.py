"""Images that are answers."""

from tests.matrix.base import Line, line
from tests.matrix.vision import IMAGE, opened

FEW = {"num_inference_steps": 2, "seed": 7}
DRAWN = {**FEW, "prompt": "a red square"}
RED = "A red square on a white page"

LINES: list[Line] = [
    line("text-to-image", "stable-diffusion", "painter", RED, FEW, word="prompt"),
    line("image-to-image", "stable-diffusion", "painter", IMAGE, DRAWN, word="image"),
]
LINES = [each._replace(python=each.python._replace(told=opened)) for each in LINES if each.python]
