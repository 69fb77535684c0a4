"""The demo model that answers questions about tables, and the language it learnt them from."""

import random
from typing import Any

import pytest

from serve_app import demo
from serve_app.demo.languages import tables
from serve_app.demo.table import TABLE
from tests.served_model import ServedModel

RIGHT_AT_LEAST = 0.95
TEAMS = {
    "Team": ["Lions", "Sharks", "Hawks", "Cobras"],
    "Country": ["Spain", "Norway", "Spain", "Italy"],
    "Wins": ["12", "7", "31", "2"],
}


@pytest.fixture(scope="module")
def answerer() -> ServedModel:
    return ServedModel(demo.build("tapas"), "table-question-answering")


def asked(example: tables.Example) -> dict[str, Any]:
    return {"query": example.asked.question, "table": example.asked.table()}


def test_it_is_right_on_held_out_questions(answerer: ServedModel) -> None:
    examples = tables.held_out_examples(300)
    answers = answerer.predict([asked(example) for example in examples])
    right = [
        answer["coordinates"] == sorted(map(list, example.cells)) and answer["aggregator"] == example.aggregation
        for example, answer in zip(examples, answers, strict=True)
    ]
    assert sum(right) / len(right) >= RIGHT_AT_LEAST


def test_its_example_is_answered(answerer: ServedModel) -> None:
    expected = {"answer": "pilot", "coordinates": [[1, 1]], "cells": ["pilot"], "aggregator": "NONE"}
    assert answerer.predict([TABLE["tapas"].example]) == [expected]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the country of Sharks?", "Norway"),
        ("Which team has the country Spain?", "Lions, Hawks"),
        ("What is the total wins?", "SUM > 12, 7, 31, 2"),
        ("What is the average wins?", "AVERAGE > 12, 7, 31, 2"),
        ("How many entries are in team?", "COUNT > Lions, Sharks, Hawks, Cobras"),
    ],
)
def test_it_finds_cells_rows_and_what_to_do_with_columns(answerer: ServedModel, question: str, answer: str) -> None:
    assert answerer.predict([{"query": question, "table": TEAMS}])[0]["answer"] == answer


def test_training_reads_tables_as_the_tokenizer_does(answerer: ServedModel) -> None:
    from serve_app.demo.recipes.tapas import line_of

    rng = random.Random(0)
    examples = [*(tables.training_example(rng) for _ in range(60)), *tables.held_out_examples(20)]
    rows = answerer.rows(answerer.items([asked(example) for example in examples], [{}] * len(examples)))
    for example, row in zip(examples, rows, strict=True):
        ids, numbers = line_of(example.asked, answerer.kit.tokenizer.vocab)
        assert row.arrays["input_ids"].tolist() == ids
        assert row.arrays["token_type_ids"].tolist() == numbers


def test_answers_stand_in_their_tables() -> None:
    rng = random.Random(0)
    kinds = set()
    for question, cells, aggregation in (tables.training_example(rng) for _ in range(500)):
        names, rows = question.names, question.rows
        kinds.add(aggregation)
        assert cells and len({column for _, column in cells}) == 1
        if aggregation == "NONE":
            words = question.question.strip("?.").split()
            (column,) = {column for _, column in cells}
            # What is asked for is either named in a question about one row, or is the row that a cell belongs to.
            row_words = [set(rows[row]) & set(words) for row, _ in cells]
            assert all(row_words)
            assert names[column].lower() in words
        else:
            assert [row for row, _ in cells] == list(range(len(rows)))
    assert kinds == set(tables.AGGREGATIONS)
