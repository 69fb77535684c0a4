"""The demo models that hear: right on what they were never trained on, from sounds that are what they claim."""

import io
import random
from typing import Any

import numpy as np
import pytest
import soundfile

from serve_app import demo
from serve_app.demo.languages import dialled, noises
from tests.media import sound_file
from tests.served_model import ServedModel

RIGHT_AT_LEAST = 0.95
DIGITS = "automatic-speech-recognition"


@pytest.fixture(scope="module")
def writer() -> ServedModel:
    return ServedModel(demo.build("wav2vec2-digits"), DIGITS)


def written(writer: ServedModel, sounds: list[Any], **params: Any) -> list[Any]:
    return writer.predict([sound_file(sound, dialled.RATE) for sound in sounds], **params)


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.2])
def test_held_out_numbers_are_written_down(writer: ServedModel, noise: float) -> None:
    rng = random.Random(9)
    calls = [dialled.dial(call.text, rng, noise) for call in dialled.held_out_examples(100)]
    answers = written(writer, [call.samples for call in calls])
    right = sum(answer["text"] == call.text for answer, call in zip(answers, calls, strict=True))
    assert right / len(calls) >= RIGHT_AT_LEAST


def test_letters_are_told_where_they_sound(writer: ServedModel) -> None:
    [call] = dialled.held_out_examples(1)
    [answer] = written(writer, [call.samples], return_timestamps="char")
    assert [piece["text"] for piece in answer["chunks"]] == list(call.text)
    for piece, (start, end) in zip(answer["chunks"], call.places, strict=True):
        assert piece["timestamp"] == pytest.approx([start / dialled.RATE, end / dialled.RATE], abs=0.03)


def test_a_long_call_is_heard_in_parts(writer: ServedModel) -> None:
    calls = dialled.held_out_examples(30)
    sound = np.concatenate([call.samples for call in calls])
    number = "".join(call.text for call in calls)
    [whole] = written(writer, [sound])
    [parts] = written(writer, [sound], chunk_length_s=5.0)
    assert whole["text"] == parts["text"] == number


def test_the_example_is_the_number_that_was_dialled(writer: ServedModel) -> None:
    assert writer.predict([dialled.example()]) == [{"text": "2718"}]


def test_held_out_noises_are_told_apart() -> None:
    listener = ServedModel(demo.build("ast-noises"), "audio-classification")
    heard = noises.held_out_examples(240)
    answers = listener.predict([sound_file(each.samples, noises.RATE) for each in heard])
    right = sum(answer[0]["label"] == each.label for answer, each in zip(answers, heard, strict=True))
    assert right / len(heard) >= RIGHT_AT_LEAST
    [example] = listener.predict([noises.example()])
    assert example[0]["label"] == "rising tone"


@pytest.mark.parametrize("language", [dialled, noises])
def test_the_same_seed_gives_the_same_sounds_and_another_seed_others(language: Any) -> None:
    first, again, other = (language.training_example(random.Random(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first.samples, again.samples)
    assert not np.array_equal(first.samples, other.samples)
    twice = [language.held_out_examples(count) for count in (4, 8)]
    assert all(np.array_equal(one.samples, two.samples) for one, two in zip(twice[0], twice[1][:4], strict=True))


def test_held_out_numbers_are_never_trained_on() -> None:
    rng = random.Random(0)
    trained = {dialled.training_example(rng).text for _ in range(2000)}
    held_out = {call.text for call in dialled.held_out_examples(200)}
    assert len(trained) > 1000
    assert held_out.isdisjoint(trained)
    assert {len(number) for number in held_out} == {3, 4, 5, 6}


def test_a_digit_is_two_tones() -> None:
    call = dialled.dial("5", random.Random(1), 0.0)
    [(start, end)] = call.places
    loud = np.abs(np.fft.rfft(call.samples[start:end], dialled.RATE))
    low, high = int(loud[:1000].argmax()), 1000 + int(loud[1000:].argmax())
    assert (low, high) == pytest.approx(dialled.TONES["5"], abs=4)


def test_a_rising_tone_rises_and_a_falling_one_falls() -> None:
    for label, up in (("rising tone", True), ("falling tone", False)):
        sound = noises.noise(label, random.Random(2)).samples
        half = len(sound) // 2
        first, second = (np.abs(np.fft.rfft(part, noises.RATE)).argmax() for part in (sound[:half], sound[half:]))
        assert (second > first) == up


@pytest.mark.parametrize("language", [dialled, noises])
def test_examples_are_small_files(language: Any) -> None:
    file = language.example()
    assert len(file) < 10_000
    assert soundfile.info(io.BytesIO(file)).duration > 0.5
