"""Texts and pairs with their special tokens, by tokenizers in Rust and in Python."""

from typing import Any

import pytest
from transformers import ByT5Tokenizer, CanineTokenizer

from serve_app.tasks.text.cutting import Texts, cut, encode_each
from tests.tiny_models.inference import bert_tokenizer, roberta_tokenizer

TEXTS: list[Texts] = [
    "a day",
    ("a", "day"),
    ("今天 🎉", "cafe\u0301"),
    ("day", "a 👩‍👩‍👧"),
    ("a b c x y z", "z"),
    ("z", "a b c x y z"),
]
TOKENIZERS: dict[str, Any] = {
    "bert": bert_tokenizer,
    "roberta": lambda: roberta_tokenizer(64),
    "byt5": ByT5Tokenizer,
    "canine": CanineTokenizer,
}


def _whole(tokenizer: Any, texts: Texts, **more: Any) -> Any:
    return tokenizer(*([texts] if isinstance(texts, str) else texts), return_token_type_ids=True, **more)


@pytest.mark.parametrize("name", TOKENIZERS)
def test_ids_and_types_are_the_tokenizers_own(name: str) -> None:
    tokenizer = TOKENIZERS[name]()
    for texts, encoding in zip(TEXTS, encode_each(tokenizer, TEXTS), strict=True):
        expected = _whole(tokenizer, texts)
        assert (list(encoding.ids), list(encoding.type_ids)) == (expected["input_ids"], expected["token_type_ids"])


@pytest.mark.parametrize("limit", range(5, 12))
@pytest.mark.parametrize("name", ["bert", "roberta"])
def test_what_is_left_is_what_transformers_leaves(name: str, limit: int) -> None:
    tokenizer = TOKENIZERS[name]()
    for texts, encoding in zip(TEXTS, encode_each(tokenizer, TEXTS), strict=True):
        left = cut(encoding, limit)
        expected = _whole(tokenizer, texts, truncation="longest_first", max_length=limit)
        assert (list(left.ids), list(left.type_ids)) == (expected["input_ids"], expected["token_type_ids"])


@pytest.mark.parametrize("room", [2, 4, 6, 7])
@pytest.mark.parametrize(("name", "special"), [("byt5", 2), ("canine", 3)])
def test_tokenizers_in_python_leave_the_same(name: str, special: int, room: int) -> None:
    """Where the two cannot become as long they give the odd token to the other text than those in Rust do."""
    tokenizer, texts = TOKENIZERS[name](), ("abcdefgh", "ijk")
    [encoding] = encode_each(tokenizer, [texts])
    expected = _whole(tokenizer, texts, truncation="longest_first", max_length=room + special)
    assert list(cut(encoding, room + special).ids) == expected["input_ids"]


def test_what_fits_stays_as_it_is() -> None:
    [encoding] = encode_each(bert_tokenizer(), ["a day"])
    assert cut(encoding, len(encoding.ids)) is encoding


def test_special_tokens_are_never_cut() -> None:
    [encoding] = encode_each(bert_tokenizer(), [("a b", "x y")])
    assert cut(encoding, 1).ids == [2, 3, 3]


def test_nothing_is_encoded_without_inputs() -> None:
    assert encode_each(bert_tokenizer(), []) == encode_each(ByT5Tokenizer(), []) == []
