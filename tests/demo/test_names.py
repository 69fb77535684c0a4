"""The demo model that finds names, and the language it learnt them from."""

import random
from typing import Any

import pytest

from serve_app import demo
from serve_app.demo.languages import names
from serve_app.demo.table import TABLE
from tests.served_model import ServedModel

RIGHT_AT_LEAST = 0.95


@pytest.fixture(scope="module")
def finder() -> ServedModel:
    return ServedModel(demo.build("bert-ner"), "token-classification")


def told(answer: Any) -> set[names.Name]:
    return {names.Name(entity["entity_group"], entity["start"], entity["end"]) for entity in answer}


def spelled(answer: Any) -> list[tuple[str, str]]:
    return [(entity["entity_group"], entity["word"]) for entity in answer]


def test_it_finds_the_names_of_held_out_sentences_and_nothing_else(finder: ServedModel) -> None:
    tellings = names.held_out_examples(300)
    answers = finder.predict([telling.text for telling in tellings])
    found = [(told(answer), set(telling.names)) for telling, answer in zip(tellings, answers, strict=True)]
    right = sum(len(ours & theirs) for ours, theirs in found)
    assert right / sum(len(ours | theirs) for ours, theirs in found) >= RIGHT_AT_LEAST


def test_its_example_has_one_name_of_each_kind(finder: ServedModel) -> None:
    [answer] = finder.predict([TABLE["bert-ner"].example])
    assert spelled(answer) == [("PER", "Sarah"), ("ORG", "Acme"), ("LOC", "London")]
    assert all(entity["score"] > 0.8 for entity in answer)


def test_it_reads_on_where_a_text_is_too_long(finder: ServedModel) -> None:
    text = "The weather is nice today. " * 30 + "My name is Sarah and I live in London."
    [answer] = finder.predict([text], stride=32)
    assert spelled(answer) == [("PER", "Sarah"), ("LOC", "London")]
    assert [text[entity["start"] : entity["end"]] for entity in answer] == ["Sarah", "London"]


def test_names_stand_where_they_are_said_to() -> None:
    rng = random.Random(0)
    for telling in [*(names.training_example(rng) for _ in range(300)), *names.held_out_examples(300)]:
        for kind, start, end in telling.names:
            assert kind in names.KINDS
            assert telling.text[start:end].strip() == telling.text[start:end]
            assert telling.text[start].isupper()
            assert (telling.text + " ")[end] in " .,?!"
