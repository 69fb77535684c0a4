"""Texts with their places: one text, two texts as one row, and long texts in windows that overlap."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from serve_app.errors import ModelCannotLoad
from serve_app.tasks.base import Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.encoding import check_length


def need_places(kit: Kit, task: str) -> None:
    """Refuse a tokenizer in Python: it cannot say where in the text a token stands."""
    if getattr(kit.tokenizer, "backend_tokenizer", None) is None:
        raise ModelCannotLoad(f"{task} needs a fast tokenizer (tokenizer.json), and this model has none")


def need_first_places(kit: Kit, task: str) -> None:
    """Refuse a model that judges a text by what stands last in the batch, since that may be padding."""
    if kit.config.get("summary_type") == "last":
        kind = kit.config.get("model_type", "this kind of model")
        raise ModelCannotLoad(f"{task} does not work with {kind}, whose answers would depend on the other texts")


def bare(tokenizer: Any, texts: Sequence[str]) -> list[Any]:
    """Each text's encoding (`ids`, `offsets` in characters, `word_ids`) without special tokens."""
    return list(tokenizer.backend_tokenizer.encode_batch(list(texts), add_special_tokens=False))


def paired(tokenizer: Any, pairs: Sequence[tuple[str, str]]) -> list[Any]:
    """The encoding of each pair with its special tokens; `sequence_ids` tells first from second."""
    return list(tokenizer.backend_tokenizer.encode_batch([tuple(pair) for pair in pairs]))


def windows(encoding: Any, room: int, overlap: int) -> list[Any]:
    """A bare encoding cut into stretches of at most `room` tokens that share `overlap` with the one before."""
    encoding.truncate(room, stride=overlap)
    return [encoding, *encoding.overflowing]


def surrounded(tokenizer: Any, encoding: Any) -> Any:
    """A bare encoding with its special tokens around it; some tokenizers shift or lose its `offsets` on the way."""
    return tokenizer.backend_tokenizer.post_process(encoding)


def special_tokens(tokenizer: Any) -> int:
    """How many tokens `surrounded` adds."""
    return int(tokenizer.backend_tokenizer.num_special_tokens_to_add(False))


def row_of_encoding(encoding: Any, kit: Kit, field: str | None = None) -> Row:
    """The row of an encoding, or what is wrong with it; `field` is its place in a larger input."""
    length = len(encoding.ids)
    check_length(length, kit, field)
    arrays = {"input_ids": np.asarray(encoding.ids, dtype=np.int64)}
    if kit.token_types:
        arrays["token_type_ids"] = np.asarray(encoding.type_ids, dtype=np.int64)
    return Row(arrays, length)
