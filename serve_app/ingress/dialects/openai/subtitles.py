"""What is said and when, as subtitles in their two formats."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

_ENDS = (".", "?", "!", "。", "？", "！")
_PAUSE_S = 1.0
_LONGEST = 80


class Cue(NamedTuple):
    """A part of what is said, and the seconds between which that is."""

    start: float
    end: float
    text: str


def cues_of(output: Mapping[str, Any]) -> list[Cue]:
    """The parts of a transcript that was asked for times."""
    cues = []
    for chunk in output["chunks"]:
        start, end = chunk["timestamp"]
        cues.append(Cue(start, end, chunk["text"].strip()))
    return [cue for cue in cues if cue.text]


def lines_of(output: Mapping[str, Any], words: bool = False) -> list[Cue]:
    """The parts as they are, or gathered into lines where they are words."""
    cues, text = cues_of(output), output["text"].strip()
    return _gathered(cues, text) if words or [cue.text for cue in cues] == text.split() else cues


def _gathered(words: Sequence[Cue], text: str) -> list[Cue]:
    """Lines go up to where a sentence ends, someone pauses, or there is no room left."""
    lines: list[Cue] = []
    place = 0
    for word in words:
        found = text.find(word.text, place)
        between, place = (" ", place) if found < 0 else (text[place:found], found + len(word.text))
        last = lines[-1] if lines else None
        if last is None or _is_over(last, word):
            lines.append(word)
        else:
            lines[-1] = Cue(last.start, word.end, last.text + between + word.text)
    return lines


def _is_over(line: Cue, word: Cue) -> bool:
    paused = word.start - line.end > _PAUSE_S
    return paused or line.text.endswith(_ENDS) or len(line.text) + len(word.text) >= _LONGEST


def srt(cues: Iterable[Cue]) -> str:
    """SubRip."""
    return "".join(f"{number}\n{_block(cue, ',')}" for number, cue in enumerate(cues, 1))


def vtt(cues: Iterable[Cue]) -> str:
    """WebVTT."""
    return "WEBVTT\n\n" + "".join(_block(cue, ".") for cue in cues)


WRITERS: Mapping[str, Callable[[Iterable[Cue]], str]] = {"srt": srt, "vtt": vtt}


def _block(cue: Cue, point: str) -> str:
    text = " ".join(cue.text.split()).replace("-->", "->")
    return f"{_clock(cue.start, point)} --> {_clock(cue.end, point)}\n{text}\n\n"


def _clock(seconds: float, point: str) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}{point}{milliseconds % 1000:03}"
