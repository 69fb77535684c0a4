"""The demo models that rewrite a text are right by way of their tasks, with nothing but the text."""

import pytest

from serve_app import demo
from serve_app.demo.languages import reports, translations
from serve_app.demo.table import TABLE
from serve_app.errors import InvalidInput
from tests.demo.test_models import RIGHT_AT_LEAST, share_right
from tests.served_model import ServedModel


@pytest.fixture(scope="module")
def translator() -> ServedModel:
    return ServedModel(demo.build("t5"), "translation")


@pytest.fixture(scope="module")
def summariser() -> ServedModel:
    return ServedModel(demo.build("t5-summary"), "summarization")


def test_the_news_of_held_out_reports_is_found(summariser: ServedModel) -> None:
    examples = reports.held_out_examples(200)
    answers = summariser.predict([text.removeprefix(reports.PREFIX) for text, _ in examples])
    assert share_right(examples, answers) >= RIGHT_AT_LEAST


def test_the_example_of_the_task_and_of_the_demo_have_their_news_found(summariser: ServedModel) -> None:
    texts = [summariser.task.example()[0], TABLE["t5-summary"].example]
    assert summariser.predict(texts) == ["Fire at the library on Monday."] * 2


def test_the_summariser_brings_its_own_settings(summariser: ServedModel) -> None:
    specific = summariser.kit.config["task_specific_params"]["summarization"]
    assert (specific["prefix"], specific["num_beams"], specific["max_length"]) == ("summarize: ", 2, 32)


def test_held_out_sentences_are_translated_without_a_prefix(translator: ServedModel) -> None:
    examples = translations.held_out_examples(100)
    answers = translator.predict([text.removeprefix(translations.PREFIX) for text, _ in examples])
    assert share_right(examples, answers) >= RIGHT_AT_LEAST


def test_the_translator_knows_its_pair(translator: ServedModel) -> None:
    assert translator.predict([TABLE["t5"].example]) == ["Das Haus ist wunderbar."]
    asked = {"src_lang": "en", "tgt_lang": "de"}
    assert translator.predict(["The house is wonderful."], **asked) == ["Das Haus ist wunderbar."]
    with pytest.raises(InvalidInput, match="it writes: de"):
        translator.predict(["The house is wonderful."], tgt_lang="fr")
