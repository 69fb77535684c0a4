"""Tables that a model cannot take whole: refused with both numbers, or cut as the pipeline does."""

from pathlib import Path

import pytest

from serve_app.errors import InputTooLong, InvalidInput
from tests.served_model import ServedModel
from tests.tasks.table_questions import INPUTS, QUESTIONS, TABLES, TASK, expected, pipeline

LONG = {"name": [f"wonderful {row}" for row in range(100)], "c": [str(row % 7) for row in range(100)]}


@pytest.fixture(scope="module")
def answerer(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["tapas"], TASK)


def test_too_long_names_both_numbers(answerer: ServedModel) -> None:
    assert (answerer.kit.max_input_tokens, answerer.kit.tokenizer.model_max_length) == (256, 128)
    table = {"a": ["x"] * 60, "b": ["y"] * 60}
    assert answerer.rows(answerer.items([{"query": "no", "table": {**table}}], [{}]))[0].length == 126
    for row in ("x", "x x", "x x x"):
        table = {"a": [*table["a"], row], "b": [*table["b"], "y"]}
    with pytest.raises(InputTooLong, match="the question and the table have 135 tokens and the model takes 128"):
        answerer.predict([{"query": "no", "table": table}])


def test_the_config_may_lower_the_limit(folders: dict[str, Path]) -> None:
    small = ServedModel(folders["tapas"], TASK, limits={"max_input_tokens": 10})
    with pytest.raises(InputTooLong, match="have 19 tokens and the model takes 10"):
        small.predict([{"query": "no", "table": TABLES[2] | {"c": list("xyzxyz")}}])


@pytest.mark.parametrize("truncation", [True, "drop_rows_to_fit"])
def test_dropped_rows_are_the_pipelines(
    folders: dict[str, Path], answerer: ServedModel, truncation: bool | str
) -> None:
    pipe = pipeline(folders["tapas"])
    long_cell = {"a": ["wonderful " * 60, "2", "3"], "b": ["x", "y", "z"]}
    inputs = [
        *({"query": question, "table": table} for question in QUESTIONS for table in (LONG, long_cell)),
        {"query": "no", "table": {"a": ["abcxyz" * 5] * 12, "b": ["", *"123456789", "", ""]}},
        *INPUTS[::5],
    ]
    theirs = [expected(pipe, value, truncation=truncation) for value in inputs]
    assert answerer.predict(inputs, truncation=truncation) == theirs
    with pytest.raises(InputTooLong):
        answerer.predict([inputs[0]], truncation=False)
    with pytest.raises(InputTooLong):
        answerer.predict([inputs[0]], truncation="do_not_truncate")
    # The rows that were dropped are really many, and what is left fits.
    (row,) = answerer.rows(answerer.items([inputs[0]], [{"truncation": truncation}]))
    assert row.length <= 128
    assert 5 < row.arrays["token_type_ids"][:, 2].max() < 100


def test_where_not_even_a_row_fits_there_is_nothing_to_drop(answerer: ServedModel) -> None:
    wide = {f"{'a' * column}": ["x"] for column in range(1, 64)}
    with pytest.raises(InputTooLong, match=r"the first row alone have \d+ tokens and the model takes 128"):
        answerer.predict([{"query": "no", "table": wide}], truncation=True)


def test_what_the_model_has_no_numbers_for_is_too_long(answerer: ServedModel) -> None:
    """128 of both by the tokenizer; ids beyond the model's own would be a fault in its forward."""
    with pytest.raises(InputTooLong, match="the table has 128 rows and the model takes 127") as told:
        answerer.predict([{"query": "no", "table": {"a": [""] * 128}}])
    assert told.value.field == "table"
    answers = answerer.predict([{"query": "no", "table": {"a": ["1", "2"] + [""] * 300}}], truncation=True)
    assert {row for row, _ in answers[0]["coordinates"]} <= {0, 1}
    columns = {str(column): [""] for column in range(128)}
    with pytest.raises(InputTooLong, match="the table has 128 columns and the model takes 127"):
        answerer.predict([{"query": "no", "table": columns}], truncation=True)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_question_length": 2}, "the question has 3 tokens and the model takes 2"),
        ({"min_question_length": 4}, "the question has 3 tokens and the model wants 4 at least"),
    ],
)
def test_a_question_that_the_tokenizer_would_leave_out_is_refused(
    folders: dict[str, Path], limits: dict[str, int], words: str
) -> None:
    strict = ServedModel(folders["tapas"], TASK)
    for name, value in limits.items():
        setattr(strict.kit.tokenizer, name, value)
    with pytest.raises(InvalidInput, match=words):
        strict.predict([{"query": "a b c", "table": TABLES[0]}])


def test_one_item_at_fault_leaves_the_others(answerer: ServedModel) -> None:
    items = answerer.items([INPUTS[0], {"query": "no", "table": LONG}, INPUTS[1]], [{}] * 3)
    first, second, third = answerer.task.expand(items, answerer.kit)
    assert isinstance(second, InputTooLong)
    assert isinstance(first, list) and isinstance(third, list)
