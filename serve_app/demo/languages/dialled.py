"""Digits as a telephone dials them: each is two tones at once, with pauses between them, more or less noisily."""

import io
import random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from serve_app.demo.languages.base import is_held_out

RATE = 8000
DIGITS = "0123456789"
_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477)
_KEYS = ("123", "456", "789", "*0#")
TONES = {
    key: (row, column)
    for row, keys in zip(_ROWS, _KEYS, strict=True)
    for key, column in zip(keys, _COLUMNS, strict=True)
}
_TONE_S, _PAUSE_S = (0.07, 0.16), (0.05, 0.15)
_FADE_S = 0.005
_NOISE = (0.0, 0.2)


class Dialled(NamedTuple):
    """The digits, their sound, and where in it (from, to) each of them stands."""

    text: str
    samples: NDArray[np.float32]
    places: tuple[tuple[int, int], ...]


def training_example(rng: random.Random) -> Dialled:
    return dial(_number(rng, held_out=False), rng)


def held_out_examples(count: int) -> list[Dialled]:
    """Numbers that were never trained on."""
    rng = random.Random(1)
    return [dial(_number(rng, held_out=True), rng) for _ in range(count)]


def dial(number: str, rng: random.Random, noise: float | None = None) -> Dialled:
    """Someone dials; `noise` says how loud everything else is, where 1 is as loud as a tone."""
    parts, places, length = [_silence(rng)], [], 0
    for digit in number:
        length += len(parts[-1])
        parts.append(_tone(digit, rng))
        places.append((length, length + len(parts[-1])))
        length += len(parts[-1])
        parts.append(_silence(rng))
    clean = np.concatenate(parts)
    rustling = np.random.default_rng(rng.getrandbits(32)).standard_normal(len(clean))
    loud = rng.uniform(*_NOISE) if noise is None else noise
    sound = rng.uniform(0.3, 0.9) * (clean + loud * rustling)
    return Dialled(number, np.clip(sound, -1, 1).astype(np.float32), tuple(places))


def example() -> bytes:
    """A number as a file, small enough to be shown."""
    import soundfile  # noqa: PLC0415 (the table of demo models is read where no sound library is)

    file = io.BytesIO()
    soundfile.write(file, dial("2718", random.Random(3), 0.02).samples, RATE, "PCM_U8", format="WAV")
    return file.getvalue()


def _number(rng: random.Random, held_out: bool) -> str:
    while True:
        number = "".join(rng.choices(DIGITS, k=rng.randint(3, 6)))
        if is_held_out(number) == held_out:
            return number


def _tone(digit: str, rng: random.Random) -> NDArray[np.float64]:
    """It swells and fades, so that it does not click."""
    times = np.arange(round(rng.uniform(*_TONE_S) * RATE)) / RATE
    waves = [np.sin(2 * np.pi * (pitch * times + rng.random())) for pitch in TONES[digit]]
    edge = np.minimum(1, np.minimum(times, times[::-1]) / _FADE_S)
    return np.asarray(edge * sum(waves) / 2)


def _silence(rng: random.Random) -> NDArray[np.float64]:
    return np.zeros(round(rng.uniform(*_PAUSE_S) * RATE))
