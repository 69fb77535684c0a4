"""What browsers and telephones record, read with a library of its own."""

import io
import sys

import numpy as np
import pytest

from serve_app.errors import InvalidInput
from tests.tasks.test_sound_files import LEVEL, RATE, TONE_HZ, decoded, heard, refused, tone


def recorded(format: str, codec: str, channels: str = "stereo", seconds: float = 2) -> bytes:
    """As a browser or a telephone does it."""
    av = pytest.importorskip("av")
    file = io.BytesIO()
    with av.open(file, "w", format=format) as container:
        stream = container.add_stream(codec, rate=48_000)
        stream.layout = channels
        own = np.repeat(tone(48_000, seconds)[None], stream.channels, axis=0)
        frame = av.AudioFrame.from_ndarray(own, format="fltp", layout=channels)
        frame.sample_rate = 48_000
        resampler = av.AudioResampler(format=stream.format.name, rate=48_000, frame_size=stream.frame_size or 960)
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            container.mux(stream.encode(part))
    return file.getvalue()


RECORDINGS = [("webm", "libopus"), ("mp4", "aac"), ("ipod", "aac"), ("adts", "aac")]


@pytest.mark.parametrize(("format", "codec"), RECORDINGS)
@pytest.mark.parametrize("channels", ["mono", "stereo"])
def test_what_browsers_and_telephones_record(format: str, codec: str, channels: str) -> None:
    samples = decoded(recorded(format, codec, channels))
    frequency, level = heard(samples)
    assert frequency == pytest.approx(TONE_HZ, abs=0.5) and level == pytest.approx(LEVEL, abs=0.02)
    assert len(samples) == pytest.approx(2 * RATE, rel=0.02)


@pytest.mark.parametrize(("format", "codec"), RECORDINGS)
def test_recordings_that_are_broken_or_too_long(format: str, codec: str) -> None:
    file, random = recorded(format, codec), np.random.default_rng(0)
    assert "and this model takes 1.5 s (limits.max_sound_s)" in refused(file, 1.5)
    for place in random.integers(4, len(file), 20):
        for broken in (file[:place], file[:place] + random.bytes(100) + file[place + 100 :]):
            try:
                assert np.isfinite(decoded(broken)).all()
            except InvalidInput as error:
                assert error.message.startswith(("the sound ", "there is no sound", "this is no sound"))


def test_recordings_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    words = (
        "this looks like WebM, which this server reads only with the extra serve-app[av]: send WAV, FLAC, OGG or MP3"
    )
    assert refused(b"\x1aE\xdf\xa3" + bytes(100)) == words
