"""Words in many scripts, each with the marks and joiners that belong to it."""

import pytest

from serve_app.tasks.text.word_places import solid, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna lives in Berlin.", ["Anna", "lives", "in", "Berlin", "."]),
        ("  two\u00a0words\n", ["two", "words"]),
        ("don't pay $5 or €7", ["don", "'", "t", "pay", "$", "5", "or", "€7"]),
        ("20°C, 3.14", ["20°C", ",", "3", ".", "14"]),
        ("cafe\u0301 nai\u0308ve", ["cafe\u0301", "nai\u0308ve"]),
        ("(\u0301x)", ["(\u0301", "x", ")"]),
        ("أين تعيش آنا؟", ["أين", "تعيش", "آنا", "؟"]),
        ("كَتَبَ", ["كَتَبَ"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("今天Anna很好。", ["今", "天", "Anna", "很", "好", "。"]),
        ("ひらカタｶﾅー", ["ひ", "ら", "カ", "タ", "ｶ", "ﾅ", "ー"]),
        ("น้ำ", ["น้", "ำ"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("yes 👩‍👩‍👧 👍🏽 🇩🇪 ❤️!", ["yes", "👩‍👩‍👧", "👍🏽", "🇩🇪", "❤️", "!"]),
        ("\u0301", ["\u0301"]),
        (" ", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in words(text)] == expected


def test_solid_goes_from_space_to_space() -> None:
    text = " don't, \u2003今天\n"
    assert [text[start:end] for start, end in solid(text)] == ["don't,", "今天"]
    assert solid(" \t").shape == (0, 2)
