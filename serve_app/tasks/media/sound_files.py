"""A sound that a task answers with, as a file of the format that the caller asked for."""

import io
from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serve_app.tasks.media.output import Blob

SoundFormat = Literal["wav", "flac", "mp3", "opus", "pcm"]


class _Kind(NamedTuple):
    container: str
    subtype: str
    media_type: str
    rates: tuple[int, ...] = ()
    """The only ones that it can hold, if not any."""


_KINDS: Mapping[SoundFormat, _Kind] = {
    "wav": _Kind("WAV", "PCM_16", "audio/wav"),
    "flac": _Kind("FLAC", "PCM_16", "audio/flac"),
    "mp3": _Kind("MP3", "MPEG_LAYER_III", "audio/mpeg", (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)),
    "opus": _Kind("OGG", "OPUS", "audio/ogg", (8000, 12000, 16000, 24000, 48000)),
    # Nothing in it says the rate, so it is always the one that callers count on.
    "pcm": _Kind("RAW", "PCM_16", "audio/pcm", (24000,)),
}


MEDIA_TYPES = tuple(kind.media_type for kind in _KINDS.values())


def sound_file(samples: NDArray[np.float32], rate: int, format: SoundFormat = "wav") -> Blob:
    """Samples from -1 to 1, of one channel, as a file; what is louder is cut off."""
    import soundfile  # noqa: PLC0415 (the ingress names sounds, and writes none)

    kind = _KINDS[format]
    kept = _kept(kind, rate)
    sound = np.clip(_resampled(samples, rate, kept), -1, 1)
    file = io.BytesIO()
    settings = {"samplerate": kept, "channels": 1, "subtype": kind.subtype, "format": kind.container}
    with soundfile.SoundFile(file, "w", endian="LITTLE" if format == "pcm" else "FILE", **settings) as written:
        # The writer of Opus keeps what it gets at once on its stack.
        for start in range(0, len(sound), kept):
            written.write(sound[start : start + kept])
    return Blob(file.getvalue(), kind.media_type)


def _kept(kind: _Kind, rate: int) -> int:
    """The nearest rate that loses nothing, where not every one is possible."""
    if not kind.rates or rate in kind.rates:
        return rate
    return min((known for known in kind.rates if known > rate), default=kind.rates[-1])


def _resampled(samples: NDArray[np.float32], rate: int, kept: int) -> NDArray[np.float32]:
    if kept == rate:
        return samples
    import soxr  # noqa: PLC0415

    return np.asarray(soxr.resample(samples, rate, kept), dtype=np.float32)
