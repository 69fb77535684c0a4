"""Texts that a batch of images or sounds is compared with: each is read once, however many rows share it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import AppError, InputTooLong
from serve_app.tasks.base import Arrays, Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.pixels import stack
from serve_app.tasks.text.encoding import encode

_Ids = tuple[int, ...]
# What these models were trained with: every text as long as this, and each pair judged by itself.
_PADDED_TO = {"siglip": 64, "siglip2": 64}


def judges_apart(kit: Kit) -> bool:
    """Whether a score says how well one text fits, whatever else could be said."""
    return kit.whole_config.get("model_type") in _PADDED_TO


def captioned(
    expanded: Sequence[list[Row] | Exception], said: Sequence[Sequence[str]], kit: Kit
) -> list[list[Row] | Exception]:
    """The rows of images or sounds, each with its own texts to be compared with; all texts with one tokenizer call."""
    distinct = list(dict.fromkeys(text for texts in said for text in texts))
    known = {text: tuple(ids) for text, ids in zip(distinct, encode(kit.tokenizer, distinct), strict=True)}
    return [
        rows if isinstance(rows, Exception) else _with_texts(rows, [known[text] for text in texts], kit)
        for rows, texts in zip(expanded, said, strict=True)
    ]


def _with_texts(rows: list[Row], texts: Sequence[_Ids], kit: Kit) -> list[Row] | Exception:
    try:
        _check_length(max(map(len, texts)), kit)
    except AppError as error:
        return error
    tokens = sum(map(len, texts))
    return [row._replace(length=row.length + tokens, about=tuple(texts)) for row in rows]


def _check_length(longest: int, kit: Kit) -> None:
    limit = min(kit.max_input_tokens, _PADDED_TO.get(kit.whole_config.get("model_type", ""), kit.max_input_tokens))
    if longest > limit:
        raise InputTooLong(
            f"the longest label makes a sentence of {longest} tokens and the model takes {limit}", "candidate_labels"
        )


def collate(rows: Sequence[Row], kit: Kit) -> Arrays:
    """The rows of one group and, beside them, the different texts of all of them, padded."""
    texts = [np.asarray(ids, dtype=np.int64) for ids in _places(rows)]
    width = _PADDED_TO.get(kit.whole_config.get("model_type", ""), 0)
    ids = kit.pad("input_ids", [*texts, np.zeros(width, dtype=np.int64)])[:-1]
    arrays = {**stack(rows), "input_ids": ids}
    if "attention_mask" in getattr(kit.tokenizer, "model_input_names", ("attention_mask",)):
        lengths = np.asarray([len(text) for text in texts])[:, None]
        arrays["attention_mask"] = (np.arange(ids.shape[1]) < lengths).astype(np.int64)
    return arrays


def columns(rows: Sequence[Row]) -> list[NDArray[Any]]:
    """Where each row's own texts stand among all of them."""
    places = _places(rows)
    return [np.asarray([places[ids] for ids in row.about]) for row in rows]


def _places(rows: Sequence[Row]) -> dict[_Ids, int]:
    distinct = dict.fromkeys(ids for row in rows for ids in row.about)
    return {ids: place for place, ids in enumerate(distinct)}
