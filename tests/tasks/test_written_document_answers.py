"""Documents that the model sees itself: against transformers' own pipeline."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import InputTooLong, InvalidInput, ModelCannotLoad
from serve_app.tasks.documents.words import Word
from tests.media import file_of, picture
from tests.served_model import ServedModel

PICTURES = [picture(0), picture(1, 31, 64), picture(2, 200, 120)]
QUESTIONS = ["what is it", "who", "a day?"]
ASKED = [{"question": question, "image": file_of(image)} for question, image in zip(QUESTIONS, PICTURES, strict=True)]


@pytest.fixture(scope="module")
def reader(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["donut"], "document-question-answering")


def test_texts_are_the_pipelines(reader: ServedModel, folders: dict[str, Path]) -> None:
    from transformers import pipeline

    theirs = pipeline("document-question-answering", str(folders["donut"]), device="cpu", image_processor_backend="pil")
    told = [theirs(image, question)[0]["answer"] for question, image in zip(QUESTIONS, PICTURES, strict=True)]
    # To the pipeline the last mark ends an answer; a model that was taught to end says it once.
    expected = [re.sub(r"<s_\w+>", "", answer.split("</s_answer>")[0]).strip() for answer in told]
    assert reader.predict(ASKED) == [[{"answer": answer}] for answer in expected]
    assert len(set(expected)) == len(expected)


def test_company_changes_nothing(reader: ServedModel) -> None:
    for each, together in zip(ASKED, reader.predict(ASKED), strict=True):
        assert reader.predict([each]) == [together]


def test_what_only_readers_of_words_can_follow_is_refused(reader: ServedModel) -> None:
    words = [Word("good", (0, 0, 9, 9))]
    asked: list[Any] = [ASKED[0], {**ASKED[0], "word_boxes": words}, {**ASKED[0], "image": b"no image"}, ASKED[1]]
    params: list[dict[str, Any]] = [{"doc_stride": 5}, {}, {}, {"top_k": 1}]
    told = reader.task.expand(reader.items(asked, params), reader.kit)
    assert [getattr(each, "field", None) for each in told] == ["doc_stride", "word_boxes", "image", None]
    assert all(isinstance(each, InvalidInput) for each in told[:3])


def test_a_question_that_leaves_no_room_is_refused(reader: ServedModel) -> None:
    [told] = reader.task.expand(reader.items([{**ASKED[0], "question": "so " * 100}], [{}]), reader.kit)
    assert isinstance(told, InputTooLong) and told.field == "question"


def test_a_model_of_another_kind_is_refused(reader: ServedModel) -> None:
    with pytest.raises(ModelCannotLoad, match="set hf_task to image-to-text"):
        reader.task.check(replace(reader.kit, whole_config={"encoder": {"model_type": "vit"}}))
