"""What browsers and telephones record, in containers that take a library of their own: `serve-app[av]`."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import InvalidInput
from serve_app.tasks.media.kinds import SENT_AS, Kind

DEMUXERS: Mapping[str, str] = {"MP4 or M4A": "mov", "WebM": "matroska", "AAC": "aac"}
"""Each is opened as what it begins like: others would follow what stands in a file to other files."""


class Opened(NamedTuple):
    """A sound that was looked at; its pieces are decoded as they are asked for, a line for each channel's sample."""

    rate: int
    channels: int
    seconds: float | None
    pieces: Iterator[NDArray[np.float32]]


@contextmanager
def recording(data: bytes, kind: Kind) -> Iterator[Opened]:
    """The first sound in the container."""
    try:
        import av  # noqa: PLC0415
    except ImportError:
        raise InvalidInput(
            f"this looks like {kind.name}, which this server reads only with the extra serve-app[av]: "
            f"send {SENT_AS['sound']}"
        ) from None
    try:
        with av.open(io.BytesIO(data), format=DEMUXERS[kind.name]) as container:
            if not container.streams.audio:
                raise InvalidInput(f"there is no sound in this file ({kind.name})")
            stream = container.streams.audio[0]
            seconds = container.duration / av.time_base if container.duration else None
            yield Opened(stream.rate, stream.channels, seconds, _pieces(container, stream.rate))
    except (av.FFmpegError, ValueError) as error:
        raise InvalidInput(f"the sound is broken: {type(error).__name__} ({kind.name})") from None


def _pieces(container: Any, rate: int) -> Iterator[NDArray[np.float32]]:
    import av  # noqa: PLC0415

    resampler = av.AudioResampler(format="fltp", rate=rate)
    for frame in container.decode(audio=0):
        for even in resampler.resample(frame):
            yield even.to_ndarray().T
