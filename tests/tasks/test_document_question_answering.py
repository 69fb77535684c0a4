"""Document question answering against transformers' own pipeline."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from serve_app.errors import InputTooLong, InvalidInput
from serve_app.tasks.documents.words import Word, WordBoxes
from tests.media import file_of, picture
from tests.served_model import ServedModel

IMAGE = picture(1)
SHORT = ["a", "good", "day", "was", "gone", "by", "the", "sea"]
LONG = ("what a wonderful long day it was by the sea and nobody wanted to go home before sunset " * 6).split()
ASKED: list[tuple[str, list[str], dict[str, Any]]] = [
    ("what was good?", SHORT, {}),
    ("who went home", LONG, {}),
    ("who went home", LONG, {"doc_stride": 8, "max_seq_len": 40, "max_answer_len": 3}),
    ("was it good", LONG[:20], {"handle_impossible_answer": True}),
]


def boxed(words: Sequence[str]) -> list[tuple[str, list[int]]]:
    """The words of a page with three columns."""
    places = [(300 * (place % 3) + 20, 7 * (place // 3) + 10) for place in range(len(words))]
    return [(word, [x, y, x + 30 * len(word), y + 6]) for word, (x, y) in zip(words, places, strict=True)]


def question(asked: str, words: Sequence[str], image: Any = IMAGE) -> dict[str, Any]:
    boxes = [Word(word, tuple(box)) for word, box in boxed(words)]
    return {"question": asked, "image": file_of(image), "word_boxes": boxes}


@pytest.fixture(scope="module")
def reader(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["layoutlm"], "document-question-answering")


@pytest.fixture(scope="module")
def pipeline(folders: dict[str, Path]) -> Any:
    from transformers import pipeline

    return pipeline("document-question-answering", str(folders["layoutlm"]), device="cpu")


def test_answers_are_the_pipelines(reader: ServedModel, pipeline: Any) -> None:
    answers = reader.predict_each([question(asked, words) for asked, words, _ in ASKED], [more for *_, more in ASKED])
    for (asked, words, more), answer in zip(ASKED, answers, strict=True):
        [expected] = pipeline(IMAGE, asked, word_boxes=boxed(words), **more)
        alike(answer, [expected])


def test_the_best_answers_are_the_pipelines_without_those_that_it_tells_twice(
    reader: ServedModel, pipeline: Any
) -> None:
    [answer] = reader.predict([question("what was good?", SHORT)], top_k=4)
    told: dict[tuple[int, int], Any] = {}
    for each in pipeline(IMAGE, "what was good?", word_boxes=boxed(SHORT), top_k=40):
        told.setdefault((each["start"], each["end"]), each)
    alike(answer, list(told.values())[:4])


def test_company_changes_nothing(reader: ServedModel) -> None:
    asked, params = [question(asked, words) for asked, words, _ in ASKED], [more for *_, more in ASKED]
    for each, more, together in zip(asked, params, reader.predict_each(asked, params), strict=True):
        alike(together, reader.predict([each], **more)[0], within=1e-5)


def test_words_may_stand_among_the_parameters_but_not_twice(reader: ServedModel) -> None:
    asked = question("what was good?", SHORT)
    words = {"word_boxes": boxed(SHORT)}
    bare = {name: asked[name] for name in ("question", "image")}
    assert reader.predict([bare], **words) == reader.predict([asked])
    [told] = reader.task.expand(reader.items([asked], [words]), reader.kit)
    assert isinstance(told, InvalidInput) and "leave one of them out" in str(told)


def test_what_is_wrong_with_one_harms_no_other(reader: ServedModel) -> None:
    good = question("what was good?", SHORT)
    asked = [good, {**good, "image": b"no image"}, {**good, "question": "so " * 100}, good]
    first, broken, long, last = reader.task.expand(reader.items(asked, [{}] * 4), reader.kit)
    assert isinstance(first, list) and isinstance(last, list)
    assert isinstance(broken, InvalidInput) and broken.field == "image"
    assert isinstance(long, InputTooLong) and long.field == "question"


@pytest.mark.parametrize(
    "words",
    [
        [["good", [0, 0, 10, 10]], ["day", [10.7, 0, 20, 10]]],
        ["good", [0, 0, 10, 10], "day", [10.7, 0, 20, 10]],
    ],
)
def test_words_come_as_pairs_or_in_turns(words: Any) -> None:
    told: Any = TypeAdapter(WordBoxes).validate_python(words)
    assert told == [Word("good", (0, 0, 10, 10)), Word("day", (10, 0, 20, 10))]


@pytest.mark.parametrize(
    "box", [[0, 0, 10], [0, 0, 10, 1001], [-1, 0, 1, 1], [9, 0, 1, 1], [0, 9, 1, 1], ["0", 0, 1, 1]]
)
def test_a_box_off_the_page_is_refused(box: list[Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(WordBoxes).validate_python([["good", box]])


def alike(answers: Sequence[Any], expected: Sequence[Any], within: float = 1e-4) -> None:
    assert [each["score"] for each in answers] == pytest.approx([each["score"] for each in expected], abs=within)
    for answer, other in zip(answers, expected, strict=True):
        assert {**answer, "score": 0} == {"score": 0, **{name: other[name] for name in ("answer", "start", "end")}}
