"""Sounds as people send them, and as nobody should: what they become, and what is said of them."""

from typing import Any

import numpy as np
import pytest

from serve_app.errors import InvalidInput
from serve_app.tasks.media.input import Link
from serve_app.tasks.media.sounds import Samples, decode_sound
from tests.media import sound_file

RATE = 16_000
TONE_HZ, LEVEL = 1000.0, 0.5


def tone(rate: int, seconds: float = 1.0) -> Samples:
    times = np.arange(int(rate * seconds)) / rate
    return np.asarray(LEVEL * np.sin(2 * np.pi * TONE_HZ * times), dtype=np.float32)


def decoded(data: bytes, rate: int = RATE, max_s: float = 600) -> Samples:
    samples = decode_sound(data, rate, max_s)
    assert samples.dtype == np.float32 and samples.ndim == 1
    return samples


def heard(samples: Samples, rate: int = RATE) -> tuple[float, float]:
    """The loudest frequency, and the level of a tone that is as loud as all of it."""
    middle = samples[len(samples) // 10 : -len(samples) // 10]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 18))
    return float(spectrum.argmax()) * rate / (1 << 18), float(np.sqrt(2 * np.mean(middle**2)))


def refused(data: Any, max_s: float = 600) -> str:
    with pytest.raises(InvalidInput) as told:
        decode_sound(data, RATE, max_s)
    return told.value.message


KINDS: list[tuple[str, dict[str, Any], float]] = [
    ("WAV", {"subtype": "PCM_U8"}, 0.01),
    ("WAV", {"subtype": "PCM_16"}, 0.001),
    ("WAV", {"subtype": "PCM_24"}, 0.001),
    ("WAV", {"subtype": "PCM_32"}, 0.001),
    ("WAV", {"subtype": "FLOAT"}, 0.001),
    ("WAV", {"subtype": "DOUBLE"}, 0.001),
    ("WAV", {"subtype": "ULAW"}, 0.01),
    ("WAV", {"subtype": "ALAW"}, 0.01),
    ("WAVEX", {}, 0.001),
    ("RF64", {}, 0.001),
    ("FLAC", {}, 0.001),
    ("FLAC", {"subtype": "PCM_24"}, 0.001),
    ("OGG", {}, 0.02),
    ("OGG", {"subtype": "OPUS"}, 0.02),
    ("MP3", {}, 0.02),
]


@pytest.mark.parametrize(("format", "options", "off"), KINDS)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 16_000, 48_000])
def test_a_tone_stays_the_same_tone(format: str, options: dict[str, Any], off: float, channels: int, rate: int) -> None:
    own = np.repeat(tone(rate)[:, None], channels, axis=1)
    samples = decoded(sound_file(own, rate, format, **options))
    frequency, level = heard(samples)
    assert frequency == pytest.approx(TONE_HZ, abs=0.5)
    assert level == pytest.approx(LEVEL, abs=off)
    assert len(samples) == pytest.approx(RATE, rel=0.15 if format in ("MP3", "OGG") else 0.001)


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 96_000, 192_000])
def test_resampled_as_in_one_go(rate: int) -> None:
    import soxr

    random = np.random.default_rng(0)
    own = np.asarray(random.normal(0, 0.1, rate * 21 + 7), dtype=np.float32)
    samples = decoded(sound_file(own, rate, subtype="FLOAT"))
    whole = soxr.resample(own, rate, RATE)
    assert len(samples) == len(whole) and np.abs(samples - whole).max() < 1e-6


def test_what_is_already_right_stays_as_it_is() -> None:
    own = tone(RATE, 25)
    assert (decoded(sound_file(own, subtype="FLOAT")) == own).all()


def test_channels_are_averaged() -> None:
    own = np.stack([tone(RATE) * weight for weight in (1, 0.5, 0.25, 0, 0, -1)], axis=1)
    for format in ("WAV", "FLAC"):
        assert np.abs(decoded(sound_file(own, format=format)) - tone(RATE) * 0.75 / 6).max() < 1e-4


def test_loud_fractions_are_no_fault() -> None:
    assert decoded(sound_file(tone(RATE) * 40_000, subtype="FLOAT")).max() == pytest.approx(20_000, rel=1e-3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e38])
def test_samples_that_are_no_numbers(value: float) -> None:
    own = tone(RATE)
    own[5] = value
    assert "no number, or beyond all bounds" in refused(sound_file(own, subtype="FLOAT"))


def test_the_type_is_told_by_the_first_bytes() -> None:
    words = "this is no sound that can be read here (it looks like {}): send WAV, FLAC, OGG or MP3"
    files = {
        b"%PDF-1.7\n": "PDF",
        b"PK\x03\x04": "zip",
        b"\x89PNG\r\n\x1a\n": "PNG",
        b"--edge\r\nContent-Disposition: form-data": "a form",
        b"FORM\0\0\0\x20AIFF": "AIFF",
    }
    for data, name in files.items():
        assert refused(data) == words.format(name)
    for data in (b"", b"hello", b"\0" * 100, b"\xff\xfeh\0i\0"):
        assert refused(data) == "this is no sound that can be read here: send WAV, FLAC, OGG or MP3"
    assert refused(Link("https://a/b")) == "a link is not fetched here: send the bytes"
