"""Table question answering against transformers' own pipeline."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from serve_app.errors import ModelCannotLoad, ModelFault
from serve_app.tasks.kit import Kit
from serve_app.tasks.table_question_answering import TableQuestionAnswering, TableQuestionParams
from serve_app.types import Item
from tests.served_model import ServedModel
from tests.tasks.table_questions import INPUTS, TABLES, TASK, expected, pipeline


@pytest.fixture(scope="module")
def answerer(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["tapas"], TASK)


@pytest.fixture(scope="module")
def plain(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["tapas-plain"], TASK)


@pytest.mark.parametrize("name", ["tapas", "tapas-plain"])
def test_answers_are_the_pipelines_alone_and_in_a_batch(folders: dict[str, Path], name: str) -> None:
    served, pipe = ServedModel(folders[name], TASK), pipeline(folders[name])
    theirs = [expected(pipe, value) for value in INPUTS]
    assert served.predict(INPUTS) == theirs
    assert [answer for value in INPUTS for answer in served.predict([value])] == theirs


def test_the_models_tell_inputs_apart(answerer: ServedModel, plain: ServedModel) -> None:
    """Else the comparisons above could not tell one input from another."""
    for served, aggregators in ((answerer, {"NONE", "SUM", "AVERAGE", "COUNT"}), (plain, {"NONE"})):
        answers = served.predict(INPUTS)
        assert len({str(answer) for answer in answers}) >= len(INPUTS) // 3
        assert {answer["aggregator"] for answer in answers} == aggregators
        assert len({len(answer["cells"]) for answer in answers}) >= 5


def test_scores_are_the_models_alone_and_padded(folders: dict[str, Path], plain: ServedModel) -> None:
    """This model looks at what stands outside of cells, where padding must not change anything."""
    import pandas
    import torch
    from transformers import TapasForQuestionAnswering, TapasTokenizer

    model = TapasForQuestionAnswering.from_pretrained(folders["tapas-plain"]).eval()
    tokenizer = TapasTokenizer.from_pretrained(folders["tapas-plain"])
    items = plain.items(INPUTS, [{}] * len(INPUTS))
    rows = plain.rows(items)
    assert isinstance(plain.task, TableQuestionAnswering)
    together = plain.engine.forward(plain.task.collate(rows, plain.kit), ("logits",))["logits"]
    for value, row, logits in zip(INPUTS, rows, together, strict=True):
        encoded = tokenizer(pandas.DataFrame(value["table"]), value["query"], return_tensors="pt")
        assert row.arrays["input_ids"].tolist() == encoded["input_ids"][0].tolist()
        assert row.arrays["token_type_ids"].tolist() == encoded["token_type_ids"][0].tolist()
        with torch.no_grad():
            alone = model(**encoded).logits[0].numpy()
        np.testing.assert_allclose(logits[: row.length], alone, rtol=1e-5, atol=1e-4)


def test_cells_are_the_callers_own_text(answerer: ServedModel) -> None:
    for value, answer in zip(INPUTS, answerer.predict(INPUTS), strict=True):
        columns = list(value["table"].values())
        assert answer["cells"] == [columns[column][row] for row, column in answer["coordinates"]]
        prefix = "" if answer["aggregator"] == "NONE" else f"{answer['aggregator']} > "
        assert answer["answer"] == prefix + ", ".join(answer["cells"])


def test_a_question_has_two_names_and_a_table_two_shapes(answerer: ServedModel) -> None:
    table = TABLES[0]
    rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    asked = [{"query": "no", "table": table}, {"question": "no", "table": table}, {"query": "no", "table": rows}]
    one, two, three = answerer.predict([checked(value) for value in asked])
    assert one == two == three
    assert one["cells"]


@pytest.mark.parametrize("params", [{"sequential": True}, {"padding": "max_length"}, {"padding": True}])
def test_what_is_taken_for_compatibility_changes_nothing(
    folders: dict[str, Path], answerer: ServedModel, params: dict[str, Any]
) -> None:
    pipe = pipeline(folders["tapas"])
    value = INPUTS[0]
    assert answerer.predict([value], **params) == answerer.predict([value]) == [expected(pipe, value, **params)]


def test_a_table_of_empty_cells_has_no_answer(answerer: ServedModel) -> None:
    [answer] = answerer.predict([{"query": "no", "table": {"a": ["", ""], "": ["", ""]}}])
    assert (answer["cells"], answer["coordinates"]) == ([], [])


def test_scores_that_are_no_numbers_are_the_models_fault(answerer: ServedModel) -> None:
    task = TableQuestionAnswering()
    items = answerer.items(INPUTS[:1], [{}])
    rows = answerer.rows(items)
    out = {"logits": np.full(rows[0].length, np.nan, dtype=np.float32)}
    with pytest.raises(ModelFault, match="not finite"):
        task.join(items[0], rows, [out], answerer.kit)


def test_models_and_machines_that_cannot_do_it_are_refused(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, answerer: ServedModel
) -> None:
    with pytest.raises(ModelCannotLoad, match="is a kind of model that cannot do table-question-answering"):
        ServedModel(folders["bart"], TASK)
    task = TableQuestionAnswering()
    other = ServedModel(folders["bert"], "text-classification").kit
    with pytest.raises(ModelCannotLoad, match="needs a TAPAS model with its own tokenizer"):
        task.check(other)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelCannotLoad, match="needs pandas: pip install pandas"):
        task.check(answerer.kit)


def test_labels_that_the_model_does_not_name_are_numbered() -> None:
    config = {"num_aggregation_labels": 2, "aggregation_labels": {"0": "NONE"}, "no_aggregation_label_index": 0}
    out = {"logits": np.zeros(1, dtype=np.float32), "logits_aggregation": np.array([0, 1], dtype=np.float32)}
    answer = join(config, out)
    assert answer == {"answer": "LABEL_1 > ", "coordinates": [], "cells": [], "aggregator": "LABEL_1"}
    out["logits_aggregation"] = np.array([1, 0], dtype=np.float32)
    assert join(config, out)["answer"] == ""


def join(config: dict[str, Any], out: dict[str, Any]) -> Any:
    from serve_app.tasks.base import Row

    item = Item("1", "predict", {"query": "a", "table": {"a": ["b"]}}, TableQuestionParams(), 1)
    row = Row({"token_type_ids": np.zeros((1, 7), dtype=np.int64)}, 1)
    return TableQuestionAnswering().join(item, [row], [out], Kit(None, 8, 8, config=config))


@pytest.mark.parametrize(
    "params", [{"truncation": 1}, {"truncation": "longest_first"}, {"padding": "left"}, {"sequential": "yes"}]
)
def test_params_have_bounds(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TableQuestionParams.model_validate(params)


def checked(value: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(TableQuestionAnswering.Input).validate_python(value)
