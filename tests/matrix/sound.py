"""The tasks on sounds."""

from serve_app.demo.languages import dialled, noises
from tests import media
from tests.matrix.base import Line, Way, in_word, line

SOUND = media.sound_file(media.samples(3, 0.6))
SAID = "The house is small."
SEED = {"seed": 3}
TRANSCRIBED = {"task": "transcribe"}
RISING, NUMBER = noises.example(), dialled.example()
NOISES = {"candidate_labels": ["a dog barks", "it rains"]}

LINES: list[Line] = [
    line(
        "audio-classification",
        "ast-noises",
        "wav2vec2",
        RISING,
        word="audio",
        right=lambda told: told[0]["label"] == "rising tone" and told[0]["score"] > 0.8,
    ),
    line("audio-classification", "ast-noises", "wav2vec2", RISING, {"top_k": 1}, word="audio", javascript=None),
    line(
        "automatic-speech-recognition",
        "wav2vec2-digits",
        "whisper",
        NUMBER,
        word="audio",
        told=in_word("text"),
        right=lambda told: told == "2718",
    ),
    line(
        "automatic-speech-recognition",
        "whisper",
        "whisper",
        SOUND,
        TRANSCRIBED,
        python=Way("automatic_speech_recognition", {"audio": SOUND, "extra_body": TRANSCRIBED}, in_word("text")),
        javascript=None,
    ),
    Line("zero-shot-audio-classification", "clap", "clap", SOUND, NOISES),
    line(
        "text-to-speech",
        "vits",
        "vits",
        SAID,
        SEED,
        python=Way("text_to_speech", {"text": SAID, "extra_body": SEED}),
    ),
    Line(
        "text-to-speech",
        "vits",
        "vits",
        SAID,
        SEED,
        javascript=Way("textToAudio", {"inputs": SAID, "parameters": SEED}),
    ),
]
