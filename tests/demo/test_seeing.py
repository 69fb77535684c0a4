"""The demo models that see: one has learnt its shapes, and all take what they are shown."""

import random
from typing import Any

import pytest
from pydantic import TypeAdapter

from serve_app import demo
from serve_app.demo.languages import lone_shapes, receipts, shape_questions
from serve_app.demo.table import TABLE
from tests.demo.test_models import RIGHT_AT_LEAST
from tests.media import file_of
from tests.served_model import ServedModel

LABELS = {"candidate_labels": ["a red star", "a blue circle"]}


def answered(name: str, task: str, **params: Any) -> Any:
    """What a model makes of its example."""
    model = ServedModel(demo.build(name), task)
    [answer] = model.predict([TypeAdapter(model.task.Input).validate_python(TABLE[name].sample())], **params)
    return answer


def test_the_classifier_is_right_on_pictures_that_it_never_saw() -> None:
    shown = lone_shapes.held_out_examples(400)
    answers = ServedModel(demo.build("resnet"), "image-classification").predict([file_of(each.image) for each in shown])
    right = [answer[0]["label"] == each.label for answer, each in zip(answers, shown, strict=True)]
    assert sum(right) / len(right) >= RIGHT_AT_LEAST


def test_the_classifier_knows_a_red_star() -> None:
    best, *_ = answered("resnet", "image-classification")
    assert best["label"] == "red star" and best["score"] > 0.9


def test_features_have_the_width_of_the_model() -> None:
    assert answered("vit", "image-feature-extraction").shape == (17, 64)
    assert answered("vit", "image-feature-extraction", pool=True).shape == (64,)


def test_labels_share_one_whole() -> None:
    scores = {each["label"]: each["score"] for each in answered("clip", "zero-shot-image-classification", **LABELS)}
    assert set(scores) == set(LABELS["candidate_labels"])
    assert sum(scores.values()) == pytest.approx(1)


def test_every_label_is_looked_for_in_every_part() -> None:
    found = answered("owlvit", "zero-shot-object-detection", **LABELS)
    assert len(found) == 2 * 16
    assert all(each["box"]["xmin"] < each["box"]["xmax"] for each in found)


def test_words_are_written() -> None:
    text = answered("vit-gpt2", "image-to-text")
    assert text and text.isascii()


def test_an_answer_is_one_of_those_known() -> None:
    answers = answered("vilt", "visual-question-answering", top_k=3)
    assert len(answers) == 3 and {each["answer"] for each in answers} <= set(shape_questions.ANSWERS)


def test_an_answer_stands_on_the_receipt() -> None:
    [answer] = answered("layoutlm", "document-question-answering")
    words = [text for text, _ in TABLE["layoutlm"].sample()["word_boxes"]]
    assert answer["answer"] == " ".join(words[answer["start"] : answer["end"] + 1])


def test_receipts_add_up_and_their_words_stand_in_reading_order() -> None:
    lines = receipts.receipt(random.Random(3))
    *bought, (total, costs) = lines
    assert total == "Total"
    assert float(costs) == pytest.approx(sum(float(price) for _, price in bought))
    boxes = [word.box for word in receipts.words(lines)]
    assert boxes == sorted(boxes, key=lambda box: (box[1], box[0]))
    assert all(0 <= edge <= 1000 for box in boxes for edge in box)


def test_pictures_are_the_same_every_time_and_never_those_of_the_training() -> None:
    first, again = ([lone_shapes.training_example(random.Random(0)) for _ in range(2)] for _ in range(2))
    assert first == again
    trained = {shown.image.tobytes() for shown in _trained(500)}
    assert not trained & {shown.image.tobytes() for shown in lone_shapes.held_out_examples(100)}


def _trained(count: int) -> list[lone_shapes.Shown]:
    rng = random.Random(0)
    return [lone_shapes.training_example(rng) for _ in range(count)]
