"""Texts told piece by piece: whole characters, whole stop strings, nothing lost."""

from pathlib import Path
from typing import Any

import pytest

from serve_app.replica.engines.stub_tokenizer import StubTokenizer
from serve_app.tasks.text.continuation import Continuation
from serve_app.tasks.text.encoding import encode

TEXTS = (
    "plain words, and more",
    "今天天气很好。",
    "مرحبا بالعالم",
    "👩‍👩‍👧 and 🎉🇩🇪!",
    "e\u0301 n\u0303 \u0915\u094d\u0937",
    "  spaces  \n\n kept ",
)


@pytest.fixture(scope="module", params=["byte-level", "byte-fallback"])
def tokenizer(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Any:
    from transformers import AutoTokenizer

    return StubTokenizer() if request.param == "byte-fallback" else AutoTokenizer.from_pretrained(folders["gpt2"])


def _tell(
    tokenizer: Any, prompt: str, text: str, stops: tuple[str, ...] = (), eager: bool = True
) -> tuple[list[str], Any]:
    (before,), (ids,) = encode(tokenizer, [prompt]), encode(tokenizer, [text])
    continuation = Continuation(tokenizer, before, stops, eager)
    pieces = []
    for id in ids:
        pieces.append(continuation.push(id))
        if continuation.stopped:
            break
    return [*pieces, continuation.finish()], continuation


@pytest.mark.parametrize("prompt", ["a", "好好好a", "🎉", *TEXTS[:4]])
@pytest.mark.parametrize("text", TEXTS)
def test_pieces_are_whole_characters_and_join(tokenizer: Any, prompt: str, text: str) -> None:
    pieces, continuation = _tell(tokenizer, prompt, text)
    assert "".join(pieces) == text == continuation.text
    assert not any("\ufffd" in piece for piece in pieces)
    assert sum(map(bool, pieces)) == len(text), "each character comes as soon as its last byte is there"


@pytest.mark.parametrize("text", TEXTS)
def test_read_at_the_end_it_is_the_same(tokenizer: Any, text: str) -> None:
    pieces, continuation = _tell(tokenizer, "a", text, eager=False)
    assert pieces[:-1] == [""] * (len(pieces) - 1)
    assert continuation.text == pieces[-1] == text


@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.parametrize("missing", [1, 2, 3])
def test_a_character_that_was_cut_off_is_not_told(tokenizer: Any, missing: int, eager: bool) -> None:
    (ids,) = encode(tokenizer, ["so 好🎉"])
    continuation = Continuation(tokenizer, [], (), eager)
    pieces = [continuation.push(id) for id in ids[:-missing]]
    assert "".join([*pieces, continuation.finish()]) == "so 好"


@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        (("STOP",), "one two "),
        (("two", "one two"), ""),
        (("S", "STOP"), "one two "),
        (("missing",), "one two STOP three 🎉"),
        (("ee 🎉",), "one two STOP thr"),
        ((" STOPPED", "three X"), "one two STOP three 🎉"),
        (("🎉",), "one two STOP three "),
    ],
)
def test_the_text_ends_before_a_stop_string(tokenizer: Any, stops: tuple[str, ...], expected: str) -> None:
    pieces, continuation = _tell(tokenizer, "a", "one two STOP three 🎉", stops)
    assert "".join(pieces) == expected == continuation.text
    assert continuation.stopped is (expected != "one two STOP three 🎉")


def test_what_may_become_a_stop_string_waits(tokenizer: Any) -> None:
    (ids,) = encode(tokenizer, ["ab12"])
    continuation = Continuation(tokenizer, [], ("b13",), True)
    assert [continuation.push(id) for id in ids] == ["a", "", "", "b12"]


def test_a_stop_string_that_overlaps_itself(tokenizer: Any) -> None:
    continuation = Continuation(tokenizer, [], ("aab",), True)
    ids = [id for character in "aaab" for id in encode(tokenizer, [character])[0]]
    assert [continuation.push(id) for id in ids] == ["", "", "a", ""]
    assert (continuation.text, continuation.stopped) == ("a", True)


def test_a_stop_string_in_the_prompt_does_not_end_the_answer(tokenizer: Any) -> None:
    pieces, continuation = _tell(tokenizer, "STOP ST", "OP here STOP", ("STOP",))
    assert "".join(pieces) == "OP here "
    assert continuation.stopped


def test_noise_is_told_sooner_or_later_and_is_not_decoded_again_and_again(tokenizer: Any) -> None:
    [[begun]] = [ids[:1] for ids in encode(tokenizer, ["é"])]
    (letters,) = encode(tokenizer, ["abc"])
    continuation = Continuation(tokenizer, letters, (), True)
    decoded: list[int] = []
    decode = continuation._decode

    def counting(ids: list[int]) -> str:
        decoded.append(len(ids))
        return decode(ids)

    continuation._decode = counting  # type: ignore[method-assign]
    pieces = [continuation.push(id) for id in [*[begun] * 1000, *letters]]
    assert max(decoded) < 200
    assert "\ufffd" in pieces[100] + "".join(pieces[:100])
    assert "".join([*pieces, continuation.finish()]) == continuation.text
    assert len(continuation.text) > 900
