"""What speech recognition answers."""

from typing import Any, NotRequired

from typing_extensions import TypedDict


class Heard(TypedDict):
    """A piece of what was said, and the seconds between which it was."""

    text: str
    timestamp: list[float]


class Transcript(TypedDict):
    """What was said; when, for how long, and in which language where times are asked for."""

    text: str
    chunks: NotRequired[list[Heard]]
    language: NotRequired[str]
    duration: NotRequired[float]


def timed(text: str, pieces: list[dict[str, Any]], duration: float, language: str | None = None) -> Transcript:
    """With times; a piece that has not ended by then ends with the sound."""
    chunks: list[Heard] = []
    for piece in pieces:
        start, end = piece["timestamp"]
        begun = 0.0 if start is None else float(start)
        chunks.append(
            {"text": piece["text"], "timestamp": [begun, max(begun, duration) if end is None else float(end)]}
        )
    transcript: Transcript = {"text": text, "chunks": chunks, "duration": duration}
    return transcript if language is None else {**transcript, "language": language}
