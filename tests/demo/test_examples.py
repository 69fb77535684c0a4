"""The text that stands in a demo model's curl line gets the answer that a person would expect."""

import pytest

from serve_app import demo
from serve_app.demo.table import TABLE
from tests.served_model import ServedModel

EXPECTED = {
    "t5": ("text2text-generation", "Das Haus ist wunderbar."),
    "gpt2": ("text-generation", "The capital of France is Paris."),
    "phi2": ("text-generation", "Instruct: What is 2 + 3?\nOutput: 5"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_generator_completes_its_example(name: str) -> None:
    task, answer = EXPECTED[name]
    [output] = ServedModel(demo.build(name), task).predict([TABLE[name].example], max_new_tokens=16)
    assert output == answer


def test_the_classifier_likes_what_is_liked() -> None:
    [labels] = ServedModel(demo.build("bert-sentiment"), "text-classification").predict(
        [TABLE["bert-sentiment"].example]
    )
    assert labels[0]["label"] == "POSITIVE" and labels[0]["score"] > 0.9
