"""A question and a table become one row of tokens that know their cells."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from serve_app.errors import InputTooLong, InvalidInput
from serve_app.tasks.base import Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.tables.input import Columns

# Before the question, and between it and the table.
_SPECIAL = 2
_WITHIN_A_WORD = "##"
# Of the numbers that say where a token stands: its column, its row, and the row's rank up and down the column.
_COLUMN, _ROW_LIKE = 1, (2, 4, 5)


class Place(NamedTuple):
    """One token of a table; row 0 is the names of the columns."""

    column_index: int
    row_index: int
    token_index: int


class Tokens(NamedTuple):
    """A table's tokens as tokenizers of tables hand them on: cells by row, and the places of those that count."""

    rows: list[list[list[str]]]
    selected_tokens: list[Place]


def row_of_table(question: str, columns: Columns, kit: Kit, drops_rows: bool) -> Row:
    """One row, or `InputTooLong` with both numbers; with `drops_rows` the table's last rows may go instead."""
    from serve_app.tasks.tables.frame import Frame  # noqa: PLC0415 (pandas is slow to import, and only needed here)

    tokenizer = kit.tokenizer
    columns = _within(columns, kit, drops_rows)
    asked = tokenizer.tokenize(question)
    _check_question(len(asked), tokenizer)
    # Ids of positions that start anew in each cell do not bound a row of tokens; the tokenizer knows what was trained.
    room = min(kit.max_input_tokens, tokenizer.model_max_length)
    cells = _tokenized(columns, tokenizer)
    kept = _fitting(cells, len(asked), room, tokenizer) if drops_rows else _all_of(cells, len(asked), room)
    encoded = tokenizer.prepare_for_model(
        Frame(columns, dtype=object),
        question,
        tokenized_table=Tokens(kept, _places(kept)),
        query_tokens=asked,
        truncation=drops_rows,
        max_length=room,
        return_attention_mask=False,
        verbose=False,
    )
    ids = np.asarray(encoded["input_ids"], dtype=np.int64)
    return Row({"input_ids": ids, "token_type_ids": np.asarray(encoded["token_type_ids"], dtype=np.int64)}, len(ids))


def _within(columns: Columns, kit: Kit, drops_rows: bool) -> Columns:
    """The rows and columns that the model has numbers for."""
    sizes = kit.config["type_vocab_sizes"]
    most_columns = min(sizes[_COLUMN], kit.tokenizer.max_column_id) - 1
    most_rows = min(*(sizes[kind] for kind in _ROW_LIKE), kit.tokenizer.max_row_id) - 1
    rows = len(next(iter(columns.values())))
    if len(columns) > most_columns:
        raise InputTooLong(f"the table has {len(columns)} columns and the model takes {most_columns}", "table")
    if rows <= most_rows:
        return columns
    if not drops_rows:
        raise InputTooLong(f"the table has {rows} rows and the model takes {most_rows}", "table")
    return {name: cells[:most_rows] for name, cells in columns.items()}


def _check_question(length: int, tokenizer: Any) -> None:
    """A tokenizer would leave out a question that it finds too long or too short, and the model guess one."""
    least, most = tokenizer.min_question_length or 0, tokenizer.max_question_length
    if most is not None and length > most:
        raise InputTooLong(f"the question has {length} tokens and the model takes {most}")
    if length < least:
        raise InvalidInput(f"the question has {length} tokens and the model wants {least} at least")


def _tokenized(columns: Columns, tokenizer: Any) -> list[list[list[str]]]:
    """The tokens of each cell, row by row, below those of the names."""
    names = ["" if tokenizer.strip_column_names else name for name in columns]
    return [[tokenizer.tokenize(text) for text in texts] for texts in (names, *zip(*columns.values(), strict=True))]


def _all_of(cells: list[list[list[str]]], asked: int, room: int) -> list[list[list[str]]]:
    length = _SPECIAL + asked + sum(len(cell) for row in cells for cell in row)
    if length > room:
        raise InputTooLong(f"the question and the table have {length} tokens and the model takes {room}")
    return cells


def _fitting(cells: list[list[list[str]]], asked: int, room: int, tokenizer: Any) -> list[list[list[str]]]:
    """As many rows from the top as have room for the beginning of each of their cells."""
    least = max(tokenizer.cell_trim_length, 1)
    lengths = np.cumsum([sum(_beginning(cell, least) for cell in row) for row in cells]) + _SPECIAL + asked
    fitting = int(np.searchsorted(lengths, room, side="right"))
    if fitting < 2:
        raise InputTooLong(
            f"the question, the names of the columns and the first row alone have {lengths[1]} tokens "
            f"and the model takes {room}"
        )
    return cells[:fitting]


def _beginning(cell: Sequence[str], least: int) -> int:
    """How many tokens a cell is cut to at least: no word is cut in two."""
    end = min(least, len(cell))
    while end < len(cell) and cell[end].startswith(_WITHIN_A_WORD):
        end += 1
    return end


def _places(cells: Sequence[Sequence[Sequence[str]]]) -> list[Place]:
    return [
        Place(column, row, index)
        for row, texts in enumerate(cells)
        for column, tokens in enumerate(texts)
        for index in range(len(tokens))
    ]
