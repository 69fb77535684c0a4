"""A long sound in parts that overlap, so that nothing is heard only at an edge."""

from typing import NamedTuple

from serve_app.tasks.media.sounds import Samples


class Window(NamedTuple):
    """A part of a sound, and how many samples at its edges its neighbours tell."""

    samples: Samples
    left: int = 0
    right: int = 0


def windows(sound: Samples, length: int, left: int, right: int, shortest: int = 1) -> list[Window]:
    """Parts of this length in samples; an end that is too short to be heard by itself is left to its neighbour."""
    parts: list[Window] = []
    for start in range(0, len(sound), length - left - right):
        part = sound[start : start + length]
        if len(part) >= shortest:
            parts.append(Window(part, left if start else 0, right))
        if start + length >= len(sound):
            break
    return [*parts[:-1], parts[-1]._replace(right=0)]
