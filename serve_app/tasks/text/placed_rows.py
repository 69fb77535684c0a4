"""Rows whose tokens know their places in the text, in windows where a text is too long and all of it is read."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from serve_app.errors import InputTooLong, InvalidInput
from serve_app.tasks.base import Arrays, Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.text import encoding, pieces

PLACES = "places"
"""A line for each token of the text: its position in the row, and where it starts and ends in the text."""
# One text must not keep the model from all others: with 512 tokens each this is a long book.
MOST_WINDOWS = 1024


def windows_of(text: Any, stride: int | None, truncation: bool | None, kit: Kit) -> list[Any]:
    """The stretches of a bare encoding that are read: overlapping windows, only the first of them, or just itself."""
    if stride is None and not truncation:
        return [text]
    room = max(0, kit.max_input_tokens - pieces.special_tokens(kit.tokenizer))
    if stride is None:
        return pieces.windows(text, room, 0)[:1]
    if stride >= room:
        raise InvalidInput(f"the stride is {stride}, and must be below the {room} tokens of one window", "stride")
    length = len(text.ids)
    count = 1 + math.ceil(max(0, length - room) / (room - stride))
    if count > MOST_WINDOWS:
        raise InputTooLong(
            f"the input has {length} tokens, which is {count} windows with a stride of {stride}, "
            f"and at most {MOST_WINDOWS} are read"
        )
    return pieces.windows(text, room, stride)


def placed_row(window: Any, kit: Kit) -> Row:
    """The row of a bare encoding, or `InputTooLong`.

    Places in the text are the bare encoding's: special tokens around it would shift those of byte-level tokenizers.
    """
    whole = pieces.surrounded(kit.tokenizer, window)
    row = pieces.row_of_encoding(whole, kit)
    in_row = np.flatnonzero(np.asarray(whole.special_tokens_mask) == 0)
    in_text = np.asarray(window.offsets, dtype=np.int64).reshape(-1, 2)
    return Row({**row.arrays, PLACES: np.column_stack([in_row, in_text])}, row.length)


def collate(rows: Sequence[Row], kit: Kit) -> Arrays:
    """What the model reads of the rows."""
    read = [{name: array for name, array in row.arrays.items() if name != PLACES} for row in rows]
    return encoding.collate([Row(arrays, row.length) for arrays, row in zip(read, rows, strict=True)], kit)
