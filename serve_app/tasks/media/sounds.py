"""A sound's bytes become samples: looked at first, decoded piece by piece, one channel at the model's rate."""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import InvalidInput
from serve_app.tasks.media.input import Link
from serve_app.tasks.media.kinds import Kind, kind_of, refused
from serve_app.tasks.media.recordings import Opened, recording

Samples = NDArray[np.float32]

RATES = range(1_000, 192_001)
MOST_CHANNELS = 8
LOUDEST = 2.0**31
"""Whole numbers that were written as fractions; what is louder comes out of no microphone, and models answer NaN."""
_PIECE_S = 10
_UNKNOWN = 2**62
"""What libsndfile says where the header says nothing."""


def decode_sound(data: bytes | Link, rate: int, max_s: float) -> Samples:
    """The samples, or `InvalidInput` that says what is wrong with them."""
    if isinstance(data, Link):
        raise InvalidInput("a link is not fetched here: send the bytes")
    match kind_of(data):
        case Kind(holds="sound") as kind:
            samples = _read(data, kind, rate, max_s)
        case Kind(holds="recording") as kind:
            with recording(data, kind) as opened:
                samples = _decoded(opened, rate, max_s)
        case kind:
            raise InvalidInput(refused(kind, "sound"))
    if not len(samples):
        raise InvalidInput("the sound holds no samples")
    return samples


def _read(data: bytes, kind: Kind, rate: int, max_s: float) -> Samples:
    import soundfile  # noqa: PLC0415 (the ingress names sounds, and opens none)

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            seconds = file.frames / file.samplerate if file.frames < _UNKNOWN else None
            return _decoded(Opened(file.samplerate, file.channels, seconds, _pieces(file)), rate, max_s)
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        words = error.error_string if isinstance(error, soundfile.LibsndfileError) else type(error).__name__
        raise InvalidInput(f"the sound is broken: {words} ({kind.name})") from None


def _pieces(file: Any) -> Iterator[Samples]:
    while len(piece := file.read(_PIECE_S * file.samplerate, dtype="float32", always_2d=True)):
        yield piece


def _decoded(sound: Opened, rate: int, max_s: float) -> Samples:
    """Piece by piece: a header may say less than there is, and what is decoded at once must fit the memory."""
    import soxr  # noqa: PLC0415

    _check(sound, max_s)
    resampler = soxr.ResampleStream(sound.rate, rate, 1) if sound.rate != rate else None
    made: list[Samples] = []
    heard = 0
    for piece in sound.pieces:
        heard += len(piece)
        if heard > max_s * sound.rate:
            raise _too_long(f"more than {heard / sound.rate:.1f} s", max_s)
        mono = piece.mean(axis=1)
        if not (np.abs(mono) <= LOUDEST).all():
            raise InvalidInput("the sound holds samples that are no number, or beyond all bounds")
        made.append(mono if resampler is None else resampler.resample_chunk(mono))
    if resampler is not None and made:
        made.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    return np.concatenate(made) if made else np.zeros(0, np.float32)


def _check(sound: Opened, max_s: float) -> None:
    if sound.rate not in RATES:
        raise InvalidInput(f"the sound has {sound.rate} samples a second; {RATES[0]} to {RATES[-1]} can be read here")
    if sound.channels > MOST_CHANNELS:
        raise InvalidInput(f"the sound has {sound.channels} channels; up to {MOST_CHANNELS} can be read here")
    if sound.seconds is not None and sound.seconds > max_s:
        raise _too_long(f"{sound.seconds:.1f} s", max_s)


def _too_long(lasts: str, max_s: float) -> InvalidInput:
    return InvalidInput(f"the sound lasts {lasts}, and this model takes {max_s:g} s (limits.max_sound_s)")
