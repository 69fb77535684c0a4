"""Short sounds of some kinds that anyone can tell: tones that rise, fall, stay or tremble, and what is no tone."""

import io
import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
_SECONDS = (0.5, 1.1)
_PITCHES = (200, 1600)
_RUSTLE = (0.0, 0.05)
Wave = NDArray[np.float64]


class Noise(NamedTuple):
    """What kind of sound it is, and its samples."""

    label: str
    samples: NDArray[np.float32]


def training_example(rng: random.Random) -> Noise:
    return noise(rng.choice(LABELS), rng)


def held_out_examples(count: int) -> list[Noise]:
    """Sounds from another seed: no two of them are ever the same."""
    rng = random.Random("held out")
    return [noise(LABELS[number % len(LABELS)], rng) for number in range(count)]


def noise(label: str, rng: random.Random) -> Noise:
    """A sound of this kind, as loud, as high and as long as it happens to be."""
    times = np.arange(round(rng.uniform(*_SECONDS) * RATE)) / RATE
    wave = _KINDS[label](times, rng)
    rustling = _rustling(rng, len(times)) * rng.uniform(*_RUSTLE)
    sound = rng.uniform(0.2, 0.9) * wave + rustling
    return Noise(label, np.clip(sound, -1, 1).astype(np.float32))


def example() -> bytes:
    """A rising tone as a file, small enough to be shown."""
    import soundfile  # noqa: PLC0415 (the table of demo models is read where no sound library is)

    file = io.BytesIO()
    times = np.arange(round(0.6 * RATE / 2)) / (RATE / 2)
    soundfile.write(file, 0.6 * _tone(300 + 1000 * times / 0.6, RATE // 2), RATE // 2, "PCM_U8", format="WAV")
    return file.getvalue()


def _rising(times: Wave, rng: random.Random) -> Wave:
    low = rng.uniform(_PITCHES[0], _PITCHES[1] / 2)
    return _tone(low * (rng.uniform(2, 3) ** (times / times[-1])))


def _falling(times: Wave, rng: random.Random) -> Wave:
    return np.ascontiguousarray(_rising(times, rng)[::-1])


def _steady(times: Wave, rng: random.Random) -> Wave:
    return _tone(np.full(len(times), rng.uniform(*_PITCHES)))


def _trembling(times: Wave, rng: random.Random) -> Wave:
    sway = np.sin(2 * np.pi * (rng.uniform(5, 9) * times + rng.random()))
    return _tone(rng.uniform(*_PITCHES) * (1 + rng.uniform(0.2, 0.35) * sway))


def _hissing(times: Wave, rng: random.Random) -> Wave:
    return 0.5 * _rustling(rng, len(times))


def _ticking(times: Wave, rng: random.Random) -> Wave:
    """Short clicks, as of a clock in a hurry."""
    every, length = round(RATE / rng.uniform(6, 14)), round(0.004 * RATE)
    wave = np.zeros(len(times))
    for start in range(rng.randrange(every), len(times) - length, every):
        wave[start : start + length] = np.sign(_rustling(rng, length)) * np.linspace(1, 0, length)
    return wave


def _tone(pitches: Wave, rate: int = RATE) -> Wave:
    """The pitch may change on the way."""
    return np.asarray(np.sin(2 * np.pi * np.cumsum(pitches) / rate))


def _rustling(rng: random.Random, length: int) -> Wave:
    return np.random.default_rng(rng.getrandbits(32)).standard_normal(length)


_KINDS: Mapping[str, Callable[[Wave, random.Random], Wave]] = {
    "rising tone": _rising,
    "falling tone": _falling,
    "steady tone": _steady,
    "trembling tone": _trembling,
    "hissing": _hissing,
    "ticking": _ticking,
}
LABELS = tuple(_KINDS)
