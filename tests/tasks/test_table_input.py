"""What counts as a question about a table, and what is said of everything else."""

from typing import Any

import pytest

from serve_app.config.schema import Model
from serve_app.contract import Contract
from serve_app.errors import InvalidInput
from serve_app.tasks.tables.input import CELL_CHARACTERS, CELLS, CHARACTERS

CONTRACT = Contract(Model(name="m", hf_model_name="stub", hf_task="table-question-answering", engine="stub"))
TABLE = {"a": ["1", "2"], "b": ["x", ""]}
FULL = {"a": ["x" * CELL_CHARACTERS] * (CHARACTERS // CELL_CHARACTERS)}


def refused(value: Any) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as told:
        CONTRACT.inputs(value, "inputs")
    assert told.value.field is not None
    return told.value.message, told.value.field


def test_columns_and_rows_are_the_same_table() -> None:
    rows = [{"a": "1", "b": "x"}, {"b": "", "a": "2"}]
    values, single = CONTRACT.inputs([{"query": "q", "table": TABLE}, {"question": "q", "table": rows}], "inputs")
    assert values == [{"query": "q", "table": TABLE}, {"question": "q", "table": TABLE}]
    assert not single


def test_what_is_checked_may_be_checked_again() -> None:
    [value], _ = CONTRACT.inputs({"query": "q", "table": [{"a": "1"}]}, "inputs")
    assert CONTRACT.inputs(value, "inputs") == ([value], True)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (None, "must be an object of columns or a list of rows"),
        ("a", "must be an object of columns or a list of rows"),
        ({}, "is empty: it has no columns"),
        ([], "is empty: it has no columns"),
        ([{}], "is empty: it has no columns"),
        ({"a": []}, "is empty: its columns hold no cells"),
        ({"a": ["1"], "b": "2"}, "must hold a list of strings for each column; column 1 is no list"),
        (
            {"a": ["1"], "b": ["1", "2"]},
            "must have columns of the same length; column 0 has 1 cells and column 1 has 2",
        ),
        ({"a": ["1", 2]}, "must hold strings only; row 1 of column 0 has something else"),
        ({"a": ["1", None]}, "must hold strings only; row 1 of column 0 has something else"),
        ({"a": [["1"]]}, "must hold strings only; row 0 of column 0 has something else"),
        ({"a": [float("nan")]}, "must hold strings only; row 0 of column 0 has something else"),
        ({"a": ["1"], "b": ["\ud800"]}, "holds half a surrogate pair in column 1"),
        ({"a": ["1"], "{b}\udc00": ["1"]}, "holds half a surrogate pair in column 1"),
        ({1: ["1"]}, "must have strings as the names of its columns; that of column 0 is none"),
        ([{"a": "1"}, "2"], "must be an object of columns or a list of objects; row 1 is no object"),
        ([{"a": "1"}, {"b": "2"}], "must have the same columns in every row; row 1 differs from row 0"),
        ([{"a": "1"}, {}], "must have the same columns in every row; row 1 differs from row 0"),
        ([{"a": 1}], "must hold strings only; row 0 of column 0 has something else"),
        ({"a": [""] * (CELLS + 1)}, f"has {CELLS + 1} cells, and {CELLS} are taken at most"),
        (
            {"a": ["x" * CELL_CHARACTERS] * (CHARACTERS // CELL_CHARACTERS)},
            f"has {CHARACTERS + 1} characters, and {CHARACTERS} are taken at most",
        ),
    ],
)
def test_a_table_is_refused_in_words(table: Any, words: str) -> None:
    assert refused({"query": "q", "table": table}) == (f"`inputs.table` {words}", "inputs.table")
    assert refused([{"query": "q", "table": TABLE}, {"query": "q", "table": table}])[1] == "inputs[1].table"


@pytest.mark.parametrize(
    ("value", "words", "field"),
    [
        ("q", "must be an object", "inputs"),
        ({"query": "q"}, "is missing", "inputs.table"),
        ({"table": TABLE}, "must have either query or question, and only one of them", "inputs"),
        ({"query": "q", "question": "q", "table": TABLE}, "must have either query or question", "inputs"),
        ({"query": " ", "table": TABLE}, "must not be blank", "inputs.query"),
        ({"question": 5, "table": TABLE}, "must be a string", "inputs.question"),
        ({"query": None, "table": TABLE}, "must be a string", "inputs.query"),
        ({"query": ["q"], "table": TABLE}, "must be a string", "inputs.query"),
        ({"query": "q" * 1001, "table": TABLE}, "at most 1000 characters", "inputs.query"),
        ({"query": "q", "table": TABLE, "rows": 1}, "is not a field of this input", "inputs.rows"),
    ],
)
def test_a_question_is_refused_in_words(value: Any, words: str, field: str) -> None:
    message, told = refused(value)
    assert words in message
    assert told == field
    assert message.startswith(f"`{field}`")


def test_a_cell_has_a_bound_of_its_own() -> None:
    good = {"query": "how many?", "table": {"a": ["1", "7" * CELL_CHARACTERS]}}
    assert CONTRACT.inputs(good, "inputs")[1] is True
    message, field = refused({"query": "how many?", "table": {"a": ["1", "7" * (CELL_CHARACTERS + 1)]}})
    assert "takes 1000 characters in a cell; row 1 of column 0 has 1001" in message
    assert field == "inputs.table"
