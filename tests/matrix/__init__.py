"""The support matrix: each task, by each client's method."""

from tests.matrix import conversing, painting, sound, text, vision, writing
from tests.matrix.base import Line

MATRIX: list[Line] = [*text.LINES, *writing.LINES, *vision.LINES, *sound.LINES, *conversing.LINES, *painting.LINES]
