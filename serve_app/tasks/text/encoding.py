"""Texts become token ids, in one call for all of them, and ids become text."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import InputTooLong, InvalidInput
from serve_app.tasks.base import Arrays, Row
from serve_app.tasks.kit import Kit


def encode(tokenizer: Any, texts: Sequence[str], special_tokens: bool = True) -> list[list[int]]:
    """The ids of each text; the fast tokenizer's own batch call costs a third of the wrapped one."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is None:
        if not texts:
            return []  # those in Python refuse to be asked for nothing
        encoded = tokenizer(list(texts), add_special_tokens=special_tokens, truncation=False)
        return [list(ids) for ids in encoded["input_ids"]]
    return [encoding.ids for encoding in fast.encode_batch_fast(list(texts), add_special_tokens=special_tokens)]


def decode(tokenizer: Any, ids: list[int]) -> str:
    """The text of ids without special tokens, and without tidied spaces: a stream could not take them back."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is None:
        return str(tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))
    return str(fast.decode(ids, skip_special_tokens=True))


def cut(ids: list[int], limit: int, tokenizer: Any, side: Literal["left", "right"]) -> list[int]:
    """At most `limit` ids: text is dropped at that side, the special tokens around it stay."""
    if len(ids) <= limit:
        return ids
    before, after = (len(tokens) for tokens in around(tokenizer))
    text = ids[before : len(ids) - after]
    room = limit - before - after
    if room < 1:
        return shortened(ids, limit, side)
    return [*ids[:before], *shortened(text, room, side), *ids[len(ids) - after :]]


def shortened(ids: list[int], limit: int, side: Literal["left", "right"]) -> list[int]:
    """At most `limit` ids, whatever they are."""
    return ids[:limit] if side == "right" else ids[-limit:]


def around(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The special tokens before and after a text, seen by encoding one with and without them."""
    (bare,), (full,) = encode(tokenizer, ["a"], special_tokens=False), encode(tokenizer, ["a"])
    for start in range(len(full) - len(bare) + 1):
        if bare and full[start : start + len(bare)] == bare:
            return full[:start], full[start + len(bare) :]
    return [], []


def row_of(ids: list[int], kit: Kit, field: str | None = None) -> Row:
    """One row of ids, or what is wrong with it; `field` is the text's place in a larger input."""
    check_length(len(ids), kit, field)
    return Row({"input_ids": np.asarray(ids, dtype=np.int64)}, len(ids))


def check_length(length: int, kit: Kit, field: str | None = None) -> None:
    """Refuse a row without a token, or with too many: `InputTooLong` with both numbers."""
    if length == 0:
        raise InvalidInput("the input holds nothing that the model's tokenizer knows", field)
    if length > kit.max_input_tokens:
        raise InputTooLong(f"the input has {length} tokens and the model takes {kit.max_input_tokens}", field)


def collate(rows: Sequence[Row], kit: Kit) -> Arrays:
    """The rows' ids and what stands beside them, padded to the longest, with the mask that tells padding from text."""
    arrays = {name: kit.pad(name, [row.arrays[name] for row in rows]) for name in rows[0].arrays}
    lengths: NDArray[Any] = np.asarray([row.length for row in rows])[:, None]
    return {**arrays, "attention_mask": (np.arange(arrays["input_ids"].shape[1]) < lengths).astype(np.int64)}
