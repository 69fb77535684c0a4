"""The demo models that choose among labels and fill gaps are right on what they were never trained on."""

import pytest

from serve_app import demo
from serve_app.demo.languages import gaps, topics
from serve_app.demo.table import TABLE
from serve_app.tasks import TASKS
from tests.served_model import ServedModel

RIGHT_AT_LEAST = 0.95


@pytest.fixture(scope="module")
def chooser() -> ServedModel:
    return ServedModel(demo.build("bert-nli"), "zero-shot-classification")


@pytest.fixture(scope="module")
def filler() -> ServedModel:
    return ServedModel(demo.build("bert-mlm"), "fill-mask")


def test_the_topic_of_held_out_news_is_chosen_among_all(chooser: ServedModel) -> None:
    names, claims = topics.names(), topics.held_out_examples(150)
    answers = chooser.predict([claim.text for claim in claims], candidate_labels=names)
    right = [answer[0]["label"] == names[claim.told] for answer, claim in zip(answers, claims, strict=True)]
    assert sum(right) / len(right) >= RIGHT_AT_LEAST


def test_with_labels_by_themselves_only_the_right_one_is_likely(chooser: ServedModel) -> None:
    [answer] = chooser.predict(["The nurse vaccinated the patient."], candidate_labels=topics.names(), multi_label=True)
    assert answer[0]["label"] == "health"
    assert answer[0]["score"] > 0.9
    assert all(entry["score"] < 0.1 for entry in answer[1:])


def test_the_task_s_own_example_is_answered_as_a_person_would(chooser: ServedModel) -> None:
    text, params = TASKS["zero-shot-classification"].example()
    [answer] = chooser.predict([text], **params)
    assert (answer[0]["label"], TABLE["bert-nli"].example) == ("sports", text)
    assert answer[0]["score"] > 0.9


def test_held_out_gaps_are_filled(filler: ServedModel) -> None:
    examples = gaps.held_out_examples(300)
    answers = filler.predict([example.text for example in examples], top_k=1)
    right = [answer[0]["token_str"] == example.answer for answer, example in zip(answers, examples, strict=True)]
    assert sum(right) / len(right) >= RIGHT_AT_LEAST


def test_the_gap_of_the_example_and_a_choice_of_words(filler: ServedModel) -> None:
    [answer] = filler.predict([TABLE["bert-mlm"].example])
    assert answer[0]["sequence"] == "the capital of france is paris."
    assert answer[0]["score"] > 0.5
    [chosen] = filler.predict(["The opposite of hot is <mask>."], targets=["small", "cold", "green"])
    assert chosen[0]["token_str"] == "cold"
    assert chosen[0]["score"] > 10 * chosen[1]["score"]
