"""Table question answering: the cells that answer a question about a table, and what to make of them."""

import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from typing_extensions import TypedDict

from serve_app.errors import AppError, ModelCannotLoad
from serve_app.tasks.base import Arrays, Params, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.tasks.scoring.scores import finite
from serve_app.tasks.tables.cells import ROW, chosen
from serve_app.tasks.tables.encoding import row_of_table
from serve_app.tasks.tables.input import TableQuestion
from serve_app.tasks.text.encoding import collate
from serve_app.types import Item

NO_AGGREGATOR = "NONE"


class TableQuestionParams(Params):
    """What happens to a table that is too long; the rest is taken for compatibility."""

    truncation: bool | Literal["drop_rows_to_fit", "do_not_truncate"] | None = Field(
        None, description="Drop the last rows of a table that is too long, and the ends of long cells, before an error"
    )
    padding: bool | Literal["do_not_pad", "longest", "max_length"] | None = Field(
        None, description="Taken for compatibility: padding never changes an answer"
    )
    sequential: bool | None = Field(
        None, description="Taken for compatibility: an input holds one question, and so none that went before"
    )


class TableAnswer(TypedDict):
    """The answer in words, and row and column of each cell that it comes from, counted from 0."""

    answer: str
    coordinates: list[list[int]]
    cells: list[str]
    aggregator: str


class TableQuestionAnswering(RowTask):
    """One row for each question with its table; long tables are an error unless `truncation` is asked for."""

    name = "table-question-answering"
    auto_model = "AutoModelForTableQuestionAnswering"
    outputs = ("logits", "logits_aggregation")
    answer = "answer"
    listed = False
    Input = TableQuestion
    Params = TableQuestionParams
    Output = TableAnswer

    def check(self, kit: Kit) -> None:
        if importlib.util.find_spec("pandas") is None:
            raise ModelCannotLoad(f"{self.name} needs pandas: pip install pandas")
        if not hasattr(kit.tokenizer, "max_column_id") or "type_vocab_sizes" not in kit.config:
            raise ModelCannotLoad(
                f"{self.name} needs a TAPAS model with its own tokenizer (TapasTokenizer), and this model has another"
            )

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        return [self._row(item, kit) for item in items]

    def _row(self, item: Item, kit: Kit) -> list[Row] | Exception:
        question = item.input.get("query") or item.input["question"]
        drops_rows = item.params.truncation in (True, "drop_rows_to_fit")
        try:
            return [row_of_table(question, item.input["table"], kit, drops_rows)]
        except AppError as error:
            return error

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        arrays = collate(rows, kit)
        # The model averages over what stands outside of cells: padding must not stand there too.
        padding = arrays["attention_mask"] == 0
        arrays["token_type_ids"][padding, ROW] = kit.config["type_vocab_sizes"][ROW] - 1
        return arrays

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> TableAnswer:
        logits = finite(outs[0]["logits"][: rows[0].length])
        columns = list(item.input["table"].values())
        places = chosen(logits, rows[0].arrays["token_type_ids"])
        cells = [columns[column][row] for row, column in places]
        aggregator, told = _aggregator(outs[0].get("logits_aggregation"), kit.config)
        return {
            "answer": (f"{aggregator} > " if told else "") + ", ".join(cells),
            "coordinates": [[row, column] for row, column in places],
            "cells": cells,
            "aggregator": aggregator,
        }

    def example(self) -> tuple[Any, dict[str, Any]]:
        table = {"City": ["Paris", "Berlin", "Rome"], "Visitors": ["30", "20", "25"]}
        return {"query": "How many visitors does Berlin have?", "table": table}, {}


def _aggregator(scores: NDArray[np.float32] | None, config: Mapping[str, Any]) -> tuple[str, bool]:
    """What the model would make of the cells, and whether that is anything."""
    labels = config.get("aggregation_labels")
    if scores is None or not labels or not config.get("num_aggregation_labels"):
        return NO_AGGREGATOR, False
    index = int(scores.argmax())
    label = labels.get(index) or labels.get(str(index)) or f"LABEL_{index}"
    return label, index != config.get("no_aggregation_label_index")
