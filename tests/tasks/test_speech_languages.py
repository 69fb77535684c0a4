"""The languages of speech are those that transformers knows."""

import pytest

from serve_app.errors import InvalidInput
from serve_app.tasks.speech.languages import NAMES, code_of, token_of

TOKENS = {token_of(code): number for number, code in enumerate(NAMES)}


def test_codes_and_names_are_those_of_transformers() -> None:
    from transformers.models.whisper.tokenization_whisper import LANGUAGES, TO_LANGUAGE_CODE

    assert NAMES == LANGUAGES
    assert {name: code_of(name, TOKENS) for name in TO_LANGUAGE_CODE} == TO_LANGUAGE_CODE


@pytest.mark.parametrize("word", ["de", "German", " DE ", "<|de|>"])
def test_a_language_goes_by_code_name_or_token(word: str) -> None:
    assert code_of(word, TOKENS) == "de"


def test_another_language_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InvalidInput, match="it knows de, en") as refused:
        code_of("french", {"<|en|>": 1, "<|de|>": 2})
    assert refused.value.field == "language"
