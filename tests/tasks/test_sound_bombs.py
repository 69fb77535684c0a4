"""Sounds that last longer than their files look, and headers that lie: no more is decoded than is taken."""

import io
import struct
import tracemalloc

import numpy as np
import pytest

from serve_app.errors import InvalidInput
from serve_app.tasks.media.sounds import decode_sound
from tests.media import sound_file
from tests.tasks.test_sound_files import RATE, TONE_HZ, decoded, heard, refused, tone


def silence(seconds: int, format: str, rate: int = 8000, channels: int = 1) -> bytes:
    import soundfile

    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", rate, channels, format=format) as sound:
        piece = np.zeros((rate * 10, channels), dtype=np.int16)
        for _ in range(seconds // 10):
            sound.write(piece)
    return file.getvalue()


HOUR = silence(3600, "FLAC")


def without_length(flac: bytes) -> bytes:
    """As a recorder writes it that does not know yet."""
    return flac[:21] + bytes([flac[21] & 0xF0]) + b"\0\0\0\0" + flac[26:]


def wav(**fields: bytes) -> bytes:
    file = bytearray(silence(10, "WAV"))
    for name, place in {"channels": 22, "rate": 24, "data": 40}.items():
        if name in fields:
            file[place : place + len(fields[name])] = fields[name]
    return bytes(file)


def test_too_long_is_told_with_both_numbers() -> None:
    words = "the sound lasts 3600.0 s, and this model takes 600 s (limits.max_sound_s)"
    assert refused(HOUR) == words
    assert (
        refused(silence(20, "WAV"), 19.5) == "the sound lasts 20.0 s, and this model takes 19.5 s (limits.max_sound_s)"
    )
    assert len(decoded(silence(20, "WAV"), max_s=20)) == 20 * RATE


def grown_mb(data: bytes, max_s: float) -> float:
    tracemalloc.start()
    try:
        decode_sound(data, RATE, max_s)
    except InvalidInput:
        pass
    finally:
        grown = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return grown / 1e6


def test_no_more_is_decoded_than_is_taken() -> None:
    assert grown_mb(HOUR, 600) < 5, "refused by its header"
    assert (
        refused(without_length(HOUR), 60)
        == "the sound lasts more than 70.0 s, and this model takes 60 s (limits.max_sound_s)"
    )
    assert grown_mb(without_length(HOUR), 60) < 20
    assert grown_mb(without_length(HOUR), 86_400) > 200, "what is decoded is seen in this measure"
    wide = silence(60, "FLAC", 192_000, 8)
    assert grown_mb(wide, 600) < 200
    assert len(decoded(wide)) == 60 * RATE


LIARS: dict[str, tuple[bytes, str | int]] = {
    "more than there is": (wav(data=b"\xff\xff\xff\xff"), 10 * RATE),
    "half of it": (wav(data=struct.pack("<I", 80_000)), 5 * RATE),
    "nothing": (wav(data=b"\0\0\0\0"), "the sound holds no samples"),
    "no rate": (wav(rate=b"\0\0\0\0"), "the sound is broken: "),
    "one sample a second": (wav(rate=b"\1\0\0\0"), "the sound has 1 samples a second; 1000 to 192000 can be read here"),
    "2**31 samples a second": (wav(rate=b"\xff\xff\xff\x7f"), "the sound has 2147483647 samples a second"),
    "no channel": (wav(channels=b"\0\0"), "the sound is broken: "),
    "1000 channels": (wav(channels=struct.pack("<H", 1000)), "the sound has 1000 channels; up to 8 can be read here"),
    "a header alone": (wav()[:44], "the sound holds no samples"),
    "half a header": (wav()[:30], "the sound is broken: "),
    "a FLAC that is cut off": (HOUR[:200], "the sound"),
    "an OGG that is cut off": (silence(10, "OGG")[:2000], "the sound is broken: "),
    "an MP3 that is no MP3": (b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(range(256)), "the sound is broken: "),
}


@pytest.mark.parametrize("liar", LIARS.values(), ids=LIARS)
def test_headers_that_lie(liar: tuple[bytes, str | int]) -> None:
    data, expected = liar
    if isinstance(expected, int):
        assert len(decoded(data)) == expected
    else:
        assert refused(data).startswith(expected)


@pytest.mark.parametrize("format", ["WAV", "FLAC", "OGG", "MP3"])
def test_junk_within_and_behind(format: str) -> None:
    file, random = sound_file(tone(RATE, 2), format=format), np.random.default_rng(0)
    junk = random.bytes(3000)
    assert heard(decoded(file + junk))[0] == pytest.approx(TONE_HZ, abs=1)
    for place in random.integers(4, len(file), 30):
        for broken in (file[:place], file[:place] + junk + file[place:], file[:place] + junk[:1] + file[place + 1 :]):
            try:
                assert np.isfinite(decoded(broken)).all()
            except InvalidInput as error:
                assert "0x" not in error.message
