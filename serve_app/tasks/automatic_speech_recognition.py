"""Speech recognition: what is said in a sound, letter by letter or, in models of another kind, word by word."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import AppError, InvalidInput
from serve_app.tasks.base import Arrays, Row, RowTask, Task
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.hearing import collate, decoded, frames_of, rows_of
from serve_app.tasks.media.input import Sound
from serve_app.tasks.media.sounds import Samples
from serve_app.tasks.media.writing_params import WRITING
from serve_app.tasks.speech.dictation import Dictation, listener_of
from serve_app.tasks.speech.recognition_params import RecognitionParams
from serve_app.tasks.speech.transcript import Transcript, timed
from serve_app.tasks.speech.windows import Window, windows
from serve_app.types import Item

# What attention over a whole sound costs grows with the square of its length.
_LONGEST_PART_S = 30.0
_OF_OTHER_KINDS = (*WRITING, "language", "task", "prompt")


class AutomaticSpeechRecognition(RowTask):
    """CTC: a letter for each frame, and one row for each part of a sound; `Dictation` is the other kind."""

    name = "automatic-speech-recognition"
    auto_model = "AutoModelForCTC"
    outputs = ("logits",)
    answer = "text"
    listed = False
    reads = ("tokenizer", "feature_extractor")
    takes_bytes = True
    Input = Sound
    Params = RecognitionParams
    Output = Transcript

    def variant(self, config: Mapping[str, Any]) -> Task:
        return Dictation(listener_of(config)) if config.get("is_encoder_decoder") else self

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        parts = [
            _parts(item.params, sound, kit) if not isinstance(sound, Exception) else sound
            for item, sound in zip(items, decoded(items, kit), strict=True)
        ]
        every = [part for each in parts if not isinstance(each, Exception) for part in each]
        rows = iter(rows_of([part.samples for part in every], kit))
        return [
            each if isinstance(each, Exception) else [next(rows)._replace(about=part) for part in each]
            for each in parts
        ]

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return collate(rows)

    def join(self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit) -> Transcript:
        letters = [_letters(out["logits"], row, kit) for row, out in zip(rows, outs, strict=True)]
        ids = np.concatenate(letters).tolist()
        text = kit.tokenizer.decode(ids, skip_special_tokens=False)
        if not item.params.return_timestamps:
            return {"text": text}
        unit = "char" if item.params.return_timestamps == "char" else "word"
        told = kit.tokenizer.decode(ids, skip_special_tokens=False, **{f"output_{unit}_offsets": True})
        rate = kit.feature_extractor.sampling_rate
        seconds = _ratio(kit) / rate
        pieces = [
            {"text": each[unit], "timestamp": (each["start_offset"] * seconds, each["end_offset"] * seconds)}
            for each in told[f"{unit}_offsets"]
        ]
        samples = sum(len(row.about.samples) - row.about.left - row.about.right for row in rows)
        return timed(text, pieces, samples / rate)

    def example(self) -> tuple[Any, dict[str, Any]]:
        return examples.SOUND, {}


def _parts(params: RecognitionParams, sound: Samples, kit: Kit) -> list[Window] | Exception:
    try:
        _check(params)
    except AppError as error:
        return error
    ratio, rate = _ratio(kit), kit.feature_extractor.sampling_rate
    longest, edges = _LONGEST_PART_S, (_LONGEST_PART_S / 6,) * 2
    if params.chunk_length_s is not None:
        longest, edges = params.chunk_length_s, params.edges_s
    length, left, right = (round(seconds * rate / ratio) * ratio for seconds in (longest, *edges))
    return windows(sound, length, left, right, _shortest(kit)) if len(sound) > length else [Window(sound)]


def _check(params: RecognitionParams) -> None:
    for name in _OF_OTHER_KINDS:
        if getattr(params, name) not in (None, False, 0):
            raise InvalidInput("this model hears letter by letter (CTC) and cannot follow this: leave it out", name)


def _ratio(kit: Kit) -> int:
    """How many samples become one frame."""
    return math.prod(kit.whole_config.get("conv_stride") or (1,))


def _shortest(kit: Kit) -> int:
    """How many samples become the first frame."""
    needed = 1
    config = kit.whole_config
    layers = zip(config.get("conv_kernel") or (), config.get("conv_stride") or (), strict=True)
    for kernel, stride in reversed(list(layers)):
        needed = (needed - 1) * stride + kernel
    return needed


def _letters(logits: NDArray[Any], row: Row, kit: Kit) -> NDArray[np.int64]:
    """The likeliest letter of each frame, without padding and without what the neighbours tell."""
    part: Window = row.about
    own = logits[: frames_of(len(part.samples), kit.whole_config)]
    ids: NDArray[np.int64] = own.argmax(axis=-1)
    if not part.left and not part.right:
        return ids
    total = round(len(part.samples) / _ratio(kit))
    left, right = (round(edge / len(part.samples) * total) for edge in (part.left, part.right))
    return ids[left : total - right]
