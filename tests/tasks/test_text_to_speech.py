"""Text to speech against the model run directly."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from serve_app.errors import InputTooLong, InvalidInput, ModelCannotLoad
from serve_app.tasks.media.output import Blob
from tests.served_model import ServedModel, write
from tests.tiny_models.speakers import RATE

WORD = "text-to-speech"
TEXTS = ["hello", "what a long day it was, by the sea", "Good bye!"]


@pytest.fixture(scope="module", params=["vits", "vits-voices"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def speaker(folders: dict[str, Path], name: str) -> ServedModel:
    return ServedModel(folders[name], WORD)


def said(speaker: ServedModel, texts: list[str], *params: dict[str, Any]) -> list[Blob]:
    items = speaker.items(texts, params if len(params) == len(texts) else params * len(texts))
    return [done.output for _, done in write(speaker.task, items, speaker.rows(items), speaker.kit, speaker.engine)]


def samples_of(file: Blob) -> Any:
    return soundfile.read(io.BytesIO(file.data), dtype="float32")


@pytest.mark.parametrize(("speed", "rate"), [(None, 1.0), (2.0, 2.0), (0.5, 0.5)])
def test_the_sound_is_that_of_the_model(
    folders: dict[str, Path], speaker: ServedModel, name: str, speed: float | None, rate: float
) -> None:
    import torch
    from transformers import AutoTokenizer, VitsModel

    model, tokenizer = VitsModel.from_pretrained(folders[name]), AutoTokenizer.from_pretrained(folders[name])
    for text, file in zip(TEXTS, said(speaker, TEXTS, {"seed": 3, "speed": speed}), strict=True):
        torch.manual_seed(3)
        voice = {"speaker_id": 0} if name == "vits-voices" else {}
        with torch.no_grad():
            expected = model(**tokenizer(text, return_tensors="pt"), speaking_rate=rate, **voice).waveform[0].numpy()
        sound, own_rate = samples_of(file)
        assert (file.media_type, own_rate) == ("audio/wav", RATE)
        assert np.abs(sound - expected.clip(-1, 1)).max() < 1e-4


def test_a_seed_makes_a_sound_the_same_in_any_company(speaker: ServedModel) -> None:
    params = [{"seed": 1}, {"seed": 2}, {"seed": 1}]
    together = said(speaker, TEXTS, *params)
    alone = [said(speaker, [text], own)[0] for text, own in zip(TEXTS, params, strict=True)]
    assert together == alone
    assert said(speaker, TEXTS[:1], {"seed": 2}) != together[:1]


def test_without_a_seed_it_is_never_said_twice_alike_and_later_draws_are_not_touched(speaker: ServedModel) -> None:
    import torch

    one, two = said(speaker, [TEXTS[1]] * 2, {})
    assert one != two
    torch.manual_seed(4)
    expected = torch.rand(1)
    torch.manual_seed(4)
    said(speaker, TEXTS, {"seed": 1})
    assert torch.equal(torch.rand(1), expected)


def test_voices(folders: dict[str, Path]) -> None:
    speaker = ServedModel(folders["vits-voices"], WORD)
    zero, one, again, usual = said(
        speaker, [TEXTS[0]] * 4, *({"seed": 1, **voice} for voice in ({"voice": 0}, {"voice": 1}, {"voice": "1"}, {}))
    )
    assert zero == usual != one == again


@pytest.mark.parametrize(
    ("format", "media_type"), [("flac", "audio/flac"), ("mp3", "audio/mpeg"), ("opus", "audio/ogg")]
)
def test_kinds_of_files(folders: dict[str, Path], format: str, media_type: str) -> None:
    speaker = ServedModel(folders["vits"], WORD)
    plain, other = said(speaker, [TEXTS[1]] * 2, {"seed": 1}, {"seed": 1, "format": format})
    (sound, _), (same, rate) = samples_of(plain), samples_of(other)
    assert (other.media_type, rate) == (media_type, RATE)
    assert len(same) == pytest.approx(len(sound), abs=2500)
    if format == "flac":
        assert np.abs(sound - same).max() < 1e-4


@pytest.mark.parametrize(
    ("text", "params", "error", "field"),
    [
        ("?!", {}, InvalidInput, None),
        ("a" * 4200, {}, InputTooLong, None),
        ("hello", {"voice": 3}, InvalidInput, "voice"),
        ("hello", {"voice": "alloy"}, InvalidInput, "voice"),
    ],
)
def test_what_cannot_be_said_harms_no_other(
    speaker: ServedModel, text: str, params: dict[str, Any], error: type[InvalidInput], field: str | None
) -> None:
    first, refused, last = speaker.task.expand(speaker.items(["a", text, "b"], [{}, params, {}]), speaker.kit)
    assert isinstance(first, list) and isinstance(last, list)
    assert isinstance(refused, error) and refused.field == field


def test_what_nobody_waits_for_is_not_said(speaker: ServedModel) -> None:
    items = speaker.items(TEXTS, [{"seed": 1}] * 3)
    told = write(speaker.task, items, speaker.rows(items), speaker.kit, speaker.engine, leave={1: 1})
    assert [isinstance(done.output, Blob) for _, done in told] == [True, False, True]


def test_a_model_of_another_kind_is_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(ModelCannotLoad):
        ServedModel(folders["whisper"], WORD)
