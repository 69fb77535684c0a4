"""Questions that do not fit, or are none: each is told what is wrong with which field."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from serve_app.errors import AppError, InputTooLong, InvalidInput, ModelCannotLoad, ModelFault
from serve_app.tasks.kit import Kit
from serve_app.tasks.question_answering import AnsweringParams, Question, QuestionAnswering
from tests.served_model import ServedModel

ASKED = {"question": "a day by the sea", "context": "what a wonderful long day it was by the sea"}


@pytest.fixture(scope="module")
def answerer(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["answerer"], "question-answering")


@pytest.mark.parametrize(
    ("asked", "params", "error", "field", "words"),
    [
        (
            {"question": "a " * 65}, {}, InputTooLong, "question",
            "the question has 65 tokens and may have 64: shorten it, or set max_question_len",
        ),
        (
            {"question": "a " * 20}, {"max_seq_len": 23}, InputTooLong, "question",
            "the question has 20 tokens, which with 3 special ones leave no room for the context in a window of 23",
        ),
        ({}, {"max_seq_len": 129}, InvalidInput, "max_seq_len", "max_seq_len is 129 and the model takes 128 tokens"),
        (
            {"question": "a"}, {"doc_stride": 124}, InvalidInput, "doc_stride",
            "doc_stride is 124, and must be below the 124 tokens that a window of 128 has for the context",
        ),
        (
            {"question": "a", "context": "x " * 1102}, {"doc_stride": 123}, None, None, "",
        ),
        (
            {"question": "a", "context": "x " * 1124}, {"doc_stride": 123}, InputTooLong, "context",
            "the context has 1124 tokens, which make 1001 windows and may make 1000: "
            "shorten it, or set a smaller doc_stride or a larger max_seq_len",
        ),
        ({"question": "\u200d"}, {}, InvalidInput, "question", "the question holds nothing that"),
        ({"context": "\u200d"}, {}, InvalidInput, "context", "the context holds nothing that"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_numbers(
    answerer: ServedModel, asked: dict[str, str], params: dict[str, Any], error: Any, field: str, words: str
) -> None:
    bad, good = answerer.items([{**ASKED, **asked}, ASKED], [params, {}])
    told, rows = answerer.task.expand([bad, good], answerer.kit)
    assert isinstance(rows, list), "the other item is not to blame"
    if error is None:
        assert isinstance(told, list) and len(told) == 979
        return
    assert isinstance(told, AppError)
    assert type(told) is error
    assert told.field == field
    assert told.message.startswith(words)


def test_a_question_is_cut_when_asked_to(answerer: ServedModel) -> None:
    asked = {"question": "a b x y z " * 20, "context": "what a day"}
    short = {"question": "a b x", "context": "what a day"}
    assert answerer.predict([asked], max_question_len=3) == answerer.predict([short])
    assert answerer.predict([asked], max_question_len=4) != answerer.predict([short])


def test_a_long_question_does_not_multiply_the_windows(answerer: ServedModel) -> None:
    asked = {"question": "a " * 64, "context": "x " * 600}
    [rows] = answerer.expanded(answerer.items([asked], [{}]))
    assert len(rows) == 1 + -(-(600 - 61) // (61 - 45))


def test_answers_do_not_multiply_a_text_of_endless_words(answerer: ServedModel) -> None:
    asked = {"question": "a", "context": " ".join("xyz"[number % 3] * 20_000 for number in range(60))}
    [alone] = answerer.predict([asked], max_answer_len=1000)
    assert len(alone["answer"]) >= 20_000
    with pytest.raises(
        InvalidInput, match=r"the answers have \d{7,} characters together and may have 1000000"
    ) as caught:
        answerer.predict([asked], max_answer_len=1000, top_k=1000)
    assert caught.value.field == "top_k"


def test_scores_that_are_no_numbers_are_the_models_fault(answerer: ServedModel) -> None:
    [item] = answerer.items([ASKED], [{}])
    rows = answerer.rows([item])
    out = {name: np.full(40, np.nan, dtype=np.float32) for name in QuestionAnswering.outputs}
    with pytest.raises(ModelFault, match="not finite"):
        QuestionAnswering().join(item, rows, [out], answerer.kit)


def test_a_tokenizer_without_places_is_refused() -> None:
    with pytest.raises(ModelCannotLoad, match="question-answering needs a fast tokenizer"):
        QuestionAnswering().check(Kit(object(), 8, 8))


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"question": "a"}, ("context",)),
        ({"question": "a", "context": "  "}, ("context",)),
        ({"question": 5, "context": "a"}, ("question",)),
        ({"question": ["a"], "context": "a"}, ("question",)),
        ({"question": "a", "context": "a", "title": "a"}, ("title",)),
        ("a", ()),
        (["a", "b"], ()),
        (None, ()),
    ],
)
def test_inputs_that_are_no_questions(value: Any, place: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Question).validate_python(value)
    assert [error["loc"] for error in caught.value.errors()] == [place]


@pytest.mark.parametrize(
    "params",
    [
        *(
            {name: value}
            for name in ("top_k", "max_answer_len", "max_seq_len", "max_question_len")
            for value in (0, -1)
        ),
        *({name: "5"} for name in AnsweringParams.model_fields),
        *({name: float("nan")} for name in AnsweringParams.model_fields),
        *({name: 2**40} for name in AnsweringParams.model_fields),
        {"top_k": True},
        {"top_k": 1.5},
        {"doc_stride": -1},
        {"handle_impossible_answer": 1},
        {"align_to_words": "no"},
        {"topk": 1},
    ],
    ids=str,
)
def test_params_have_bounds(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AnsweringParams.model_validate(params)
