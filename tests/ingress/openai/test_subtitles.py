"""Subtitles: what is said, and when, in lines that a person can read."""

from typing import Any

from serve_app.ingress.dialects.openai.subtitles import Cue, cues_of, lines_of, srt, vtt


def words(*given: tuple[str, float, float]) -> list[dict[str, Any]]:
    return [{"text": text, "timestamp": [start, end]} for text, start, end in given]


def test_srt() -> None:
    assert srt([Cue(0, 1.5, "Hello\n there."), Cue(3599.9996, 3661.25, "It's me --> you.")]) == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello there.\n\n"
        "2\n01:00:00,000 --> 01:01:01,250\nIt's me -> you.\n\n"
    )  # fmt: skip


def test_vtt() -> None:
    assert vtt([Cue(0.04, 1.5, "Hello")]) == "WEBVTT\n\n00:00:00.040 --> 00:00:01.500\nHello\n\n"
    assert vtt([]) == "WEBVTT\n\n" and srt([]) == ""


def test_parts_that_say_nothing_are_left_out() -> None:
    assert cues_of({"text": "a", "chunks": words((" a", 0, 1), (" ", 1, 2))}) == [Cue(0, 1, "a")]


def test_segments_stay_as_they_are() -> None:
    chunks = words((" One two.", 0, 1), (" Three", 1, 2), (" four five", 2, 3))
    told = lines_of({"text": " One two. Three four five", "chunks": chunks})
    assert [line.text for line in told] == ["One two.", "Three", "four five"]


def test_words_become_lines_at_sentences_pauses_and_where_a_line_is_full() -> None:
    chunks = words(("one", 0, 0.2), ("two.", 0.3, 0.5), ("three", 0.6, 0.8), ("four", 2.0, 2.2), ("five", 2.3, 2.5))
    told = lines_of({"text": "one two. three four five", "chunks": chunks})
    assert told == [Cue(0, 0.5, "one two."), Cue(0.6, 0.8, "three"), Cue(2.0, 2.5, "four five")]
    long = words(*(("x" * 9, second, second + 1) for second in range(20)))
    lines = lines_of({"text": " ".join(["x" * 9] * 20), "chunks": long})
    assert [len(line.text) for line in lines] == [79, 79, 39]


def test_words_of_a_language_without_spaces_are_put_together_as_they_were() -> None:
    chunks = words(("今天", 0, 1), ("天氣", 1, 2), ("好。", 2, 3), ("真的", 3, 4))
    told = lines_of({"text": "今天天氣好。真的", "chunks": chunks}, words=True)
    assert [line.text for line in told] == ["今天天氣好。", "真的"]
    assert len(lines_of({"text": "今天天氣好。真的", "chunks": chunks})) == 4
