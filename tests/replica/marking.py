"""A task's example with something more in it, whatever shape the input has: words, or pixels and samples that spell."""

import base64
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from serve_app.tasks.base import Task
from serve_app.tasks.media.examples import IMAGE, SOUND
from tests.media import sound_file

Change = Callable[[str], str]
# What the stub makes of a file: the brightness of so many pixels, or the loudness of every hundredth sample.
_SIDE = 4
_SAMPLES_EACH = 100
_LOUDEST = 127


def taken(task: Task, value: Any) -> Any:
    """An input as it reaches a replica."""
    return TypeAdapter(task.Input).validate_python(value)


def marked(value: Any, marks: Sequence[str]) -> Any:
    """The input with these words behind its text, or behind the last of its texts, and as what its files show."""
    return _changed(value, lambda text: " ".join((text, *marks)))


def lengthened(value: Any, length: int) -> Any:
    """The input with its text, or the last of its texts, that much longer; a document has more words."""
    if isinstance(value, dict) and (words := value.get("word_boxes")):
        return {**value, "word_boxes": words * (1 + length // sum(len(word) for word, _ in words))}
    return _changed(value, lambda text: f"{text} {'x' * length}")


def _changed(value: Any, change: Change) -> Any:
    if isinstance(value, dict):
        texts = [name for name, part in value.items() if isinstance(part, str) and part not in _FILES]
        files = [name for name, part in value.items() if isinstance(part, str) and part in _FILES]
        # The last of several texts is the one that may be long: a context, where a question comes first.
        return {**value, **{name: _changed(value[name], change) for name in (*texts[-1:], *files)}}
    return _FILES[value](change("")) if value in _FILES else change(value)


def _picture(text: str) -> str:
    from PIL import Image

    pixels = np.frombuffer(text.encode().ljust(_SIDE * _SIDE)[: _SIDE * _SIDE], dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels.reshape(_SIDE, _SIDE)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def _sound(text: str) -> str:
    samples = np.zeros(_SAMPLES_EACH * (1 + len(text.encode())), dtype=np.float32)
    samples[_SAMPLES_EACH::_SAMPLES_EACH] = np.frombuffer(text.encode(), dtype=np.uint8) / _LOUDEST
    return base64.b64encode(sound_file(samples)).decode()


ONE_AFTER_THE_OTHER = frozenset({"text-to-speech"})
"""Tasks of which a batch is many calls of the model, so that no more than one row is in memory at once."""
_FILES: dict[str, Change] = {IMAGE: _picture, SOUND: _sound}
