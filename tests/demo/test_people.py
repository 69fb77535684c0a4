"""The demo model that answers questions, and the language it learnt to read."""

import random

import pytest

from serve_app import demo
from serve_app.demo.languages import people
from serve_app.demo.table import TABLE
from tests.served_model import ServedModel

RIGHT_AT_LEAST = 0.95
STORY = "Tom lives in Hong Kong. Anna works as a nurse. She likes green tea."


@pytest.fixture(scope="module")
def reader() -> ServedModel:
    return ServedModel(demo.build("bert-qa"), "question-answering")


def test_it_answers_questions_about_held_out_stories_or_says_that_they_do_not_tell(reader: ServedModel) -> None:
    asked = people.held_out_examples(400)
    inputs = [{"question": each.question, "context": each.context} for each in asked]
    answers = reader.predict(inputs, handle_impossible_answer=True)
    right = sum(answer["answer"] == each.answer for each, answer in zip(asked, answers, strict=True))
    assert right / len(asked) >= RIGHT_AT_LEAST


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Where does Tom live?", "Hong Kong"),
        ("What does Anna work as?", "nurse"),
        ("What does Anna like?", "green tea"),
        ("Where does Peter live?", ""),
    ],
)
def test_it_tells_people_apart(reader: ServedModel, question: str, answer: str) -> None:
    [found] = reader.predict([{"question": question, "context": STORY}], handle_impossible_answer=True)
    assert found["answer"] == answer == STORY[found["start"] : found["end"]]


def test_its_example_is_answered(reader: ServedModel) -> None:
    [answer] = reader.predict([TABLE["bert-qa"].example])
    assert (answer["answer"], answer["start"], answer["end"]) == ("Berlin", 14, 20)
    assert answer["score"] > 0.8


def test_an_answer_stands_in_its_story_once() -> None:
    rng = random.Random(0)
    asked = [people.training_example(rng) for _ in range(2000)]
    told = [each for each in asked if each.answer]
    assert all(f" {each.context}".count(f" {each.answer}.") == 1 for each in told)
    assert 0.1 < 1 - len(told) / len(asked) < 0.2
