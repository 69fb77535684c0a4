"""What counts as a text."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from serve_app.tasks.text.input import Text

ADAPTER: TypeAdapter[str] = TypeAdapter(Text)


@pytest.mark.parametrize("text", ["a", " a ", "好", "🎉", "e\u0301", "\u200b"])
def test_texts_are_taken_as_they_are(text: str) -> None:
    assert ADAPTER.validate_python(text) == text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "must not be empty"),
        (" \n\t\u3000", "must not be blank: it holds nothing but white space"),
        ("ok \ud83d", "holds half a surrogate pair at position 3"),
        (5, "Input should be a valid string"),
        (True, "Input should be a valid string"),
        (None, "Input should be a valid string"),
        (b"bytes", "Input should be a valid string"),
        (["a"], "Input should be a valid string"),
    ],
)
def test_anything_else_is_told_why(value: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ADAPTER.validate_python(value)
