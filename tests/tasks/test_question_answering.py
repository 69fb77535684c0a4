"""Question answering against the model run directly, decoded step by step as transformers' own pipeline once did."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serve_app.errors import InvalidInput
from serve_app.tasks.question_answering import QuestionAnswering
from tests.served_model import ServedModel
from tests.tasks.answering_reference import Reference, Reply

LONG = " ".join(f"day {number} was a good day, x{number} y{number} by the sea." for number in range(9))
ASKED: list[dict[str, str]] = [
    {"question": question, "context": context}
    for question, context in (
        ("what", "a wonderful day"),
        ("a day by the sea", "what a wonderful long day it was by the sea, and nobody wanted to go home"),
        ("今天?", "今天天气很好, wonderful."),
        ("يوم", "يوم جميل جدا, a good day"),
        ("who 👩‍👩‍👧", "yes 👩‍👩‍👧 and 🎉 (good)"),
        ("cafe\u0301", "cafe\u0301 nai\u0308ve, a nai\u0308ve day"),
        ("[CLS] x", "a [CLS] b [SEP] c"),
        ("when", LONG + " 今天天气很好 👩‍👩‍👧 nai\u0308ve يوم جميل"),
    )
]
PARAMS: list[dict[str, Any]] = [
    {},
    {"top_k": 3},
    {"top_k": 50, "max_answer_len": 4},
    {"top_k": 4, "align_to_words": False},
    {"top_k": 4, "max_answer_len": 1, "align_to_words": False},
    {"top_k": 5, "max_seq_len": 48, "doc_stride": 16},
    {"top_k": 5, "max_seq_len": 40, "doc_stride": 0, "align_to_words": False, "handle_impossible_answer": True},
    {"handle_impossible_answer": True},
    {"top_k": 1000, "handle_impossible_answer": True},
]


@pytest.fixture(scope="module")
def answerer(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["answerer"], "question-answering")


@pytest.fixture(scope="module")
def byte_answerer(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["byte-answerer"], "question-answering")


@pytest.fixture(scope="module")
def reference(folders: dict[str, Path]) -> Reference:
    return Reference(folders["answerer"])


def _listed(answer: Any) -> Reply:
    return answer if isinstance(answer, list) else [answer]


def _same(found: Reply, expected: Reply) -> None:
    assert [entry["score"] for entry in found] == pytest.approx([entry["score"] for entry in expected], abs=1e-4)
    score_of = {(entry["start"], entry["end"], entry["answer"]): entry["score"] for entry in expected}
    if len(found) < 50:  # the last of very many differ by less than floats can tell
        spans = [(entry["start"], entry["end"], entry["answer"]) for entry in found]
        assert spans == list(score_of)
    for entry in found:
        place = entry["start"], entry["end"], entry["answer"]
        assert place not in score_of or entry["score"] == pytest.approx(score_of[place], abs=1e-4)


@pytest.mark.parametrize("params", PARAMS, ids=str)
def test_answers_are_those_of_the_model_run_directly(
    answerer: ServedModel, reference: Reference, params: dict[str, Any]
) -> None:
    together = answerer.predict(ASKED, **params)
    for asked, answer in zip(ASKED, together, strict=True):
        expected = reference(asked, params)
        _same(_listed(answer), expected)
        _same(_listed(answerer.predict([asked], **params)[0]), expected)
        for entry in _listed(answer):
            assert asked["context"][entry["start"] : entry["end"]] == entry["answer"]


@pytest.mark.parametrize("params", [params for params in PARAMS if params.get("align_to_words") is False], ids=str)
def test_bytes_know_their_characters(
    folders: dict[str, Path], byte_answerer: ServedModel, params: dict[str, Any]
) -> None:
    reference = Reference(folders["byte-answerer"])
    params = {**params, "max_seq_len": 100, "doc_stride": 20}
    for asked, answer in zip(ASKED, byte_answerer.predict(ASKED, **params), strict=True):
        _same(answer, reference(asked, params))


def test_the_tests_tell_answers_apart(answerer: ServedModel) -> None:
    """Else the comparisons above would prove nothing: other places, other scores, and some windows that win."""
    answers = answerer.predict(ASKED)
    assert len({answer["answer"] for answer in answers}) == len(ASKED)
    assert len({round(answer["score"], 3) for answer in answers}) == len(ASKED)
    rows = answerer.expanded(answerer.items(ASKED, [{"max_seq_len": 48, "doc_stride": 16}] * len(ASKED)))
    assert [len(each) for each in rows[:7]] == [1, 2, 1, 1, 1, 1, 1] and len(rows[7]) > 5
    assert answerer.predict([ASKED[7]], max_seq_len=48)[0]["start"] > 48


def test_params_of_each_item_stay_its_own(answerer: ServedModel) -> None:
    alone = [answerer.predict([ASKED[1]], **params)[0] for params in PARAMS]
    together = answerer.predict_each([ASKED[1]] * len(PARAMS), PARAMS)
    for one, other in zip(together, alone, strict=True):
        _same(_listed(one), _listed(other))


def _answer_at(model: ServedModel, context: str, characters: range, **params: Any) -> dict[str, Any]:
    """What is answered where a model points at the tokens of these characters."""
    [item] = model.items([{"question": "a", "context": context}], [params])
    [[row]] = model.expanded([item])
    offsets = model.kit.tokenizer(context, add_special_tokens=False).encodings[0].offsets
    inside = [index for index, (start, end) in enumerate(offsets) if start < characters.stop and characters.start < end]
    begins = len(model.kit.tokenizer("a", "a")["input_ids"]) - 2
    out = {name: np.zeros(row.length + 3, dtype=np.float32) for name in QuestionAnswering.outputs}
    out["start_logits"][begins + inside[0]] = out["end_logits"][begins + inside[-1]] = 20
    assert isinstance(model.task, QuestionAnswering)
    answer: dict[str, Any] = dict(model.task.join(item, [row], [out], model.kit))  # type: ignore[arg-type]
    assert context[answer["start"] : answer["end"]] == answer["answer"]
    return answer


@pytest.mark.parametrize("kind", ["answerer", "byte_answerer"])
@pytest.mark.parametrize(
    ("context", "pointed", "word", "token"),
    [
        ("it was a wonderful xyz.", "yz", "xyz", "yz"),
        ("she said: yes 👩‍👩‍👧, and", "👩‍👩‍👧", "👩‍👩‍👧", "👩‍👩‍👧"),
        ("a nai\u0308ve cafe\u0301!", "fe\u0301", "cafe\u0301", "fe\u0301"),
        ("今天天气很好。", "天气", "天气", "天气"),
        ("يوم جميل جدا", "ميل", "جميل", "ميل"),
        ("good day,\u3000x", "day,\u3000", "day,", "day,"),
    ],
)
def test_answers_in_any_script(
    request: pytest.FixtureRequest, kind: str, context: str, pointed: str, word: str, token: str
) -> None:
    model: ServedModel = request.getfixturevalue(kind)
    first = context.rindex(pointed)
    place = range(first, first + len(pointed))
    whole = _answer_at(model, context, place, max_answer_len=40)
    assert whole["answer"] == word
    assert whole["score"] > 0.99
    assert _answer_at(model, context, place, max_answer_len=40, align_to_words=False)["answer"] == token


def test_top_k_is_a_list_and_one_answer_stands_alone(answerer: ServedModel) -> None:
    [alone] = answerer.predict([ASKED[1]])
    [listed] = answerer.predict([ASKED[1]], top_k=3)
    assert alone == listed[0] and answerer.predict([ASKED[1]], top_k=1) == [alone]
    assert [entry["score"] for entry in listed] == sorted((entry["score"] for entry in listed), reverse=True)
    assert len({(entry["start"], entry["end"]) for entry in listed}) == 3
    [every] = answerer.predict([{"question": "a", "context": "x y"}], top_k=50)
    assert sorted(entry["answer"] for entry in every) == ["x", "x y", "y"]


def test_an_empty_answer_has_its_own_score(answerer: ServedModel) -> None:
    asked = {"question": "a", "context": "x"}
    [answers] = answerer.predict([asked], top_k=5, handle_impossible_answer=True)
    assert sorted((entry["answer"], entry["start"], entry["end"]) for entry in answers) == [("", 0, 0), ("x", 0, 1)]
    assert sum(entry["score"] for entry in answers) < 1
    assert answerer.predict([asked], top_k=5)[0] == [entry for entry in answers if entry["answer"]]


def test_a_model_without_a_token_for_no_answer(folders: dict[str, Path]) -> None:
    undecided = ServedModel(folders["undecided-answerer"], "question-answering")
    asked = {"question": "a b", "context": "x y"}
    [row] = undecided.rows(undecided.items([asked], [{}]))
    assert row.arrays["input_ids"].tolist() == undecided.kit.tokenizer("x ya b")["input_ids"], "the context comes first"
    answers = undecided.predict([asked, *ASKED], top_k=100, max_seq_len=100)
    assert sorted(entry["answer"] for entry in answers[0]) == ["x", "x y", "y"]
    assert 0.3 < sum(entry["score"] for entry in answers[0]) < 1
    with pytest.raises(InvalidInput, match="no token that stands for no answer") as caught:
        undecided.predict([asked], handle_impossible_answer=True)
    assert caught.value.field == "handle_impossible_answer"
