"""Masked places in a text: how they may be written, where they stand, and what else could stand there."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import InputTooLong, InvalidInput
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.encoding import cut, encode
from serve_app.tasks.text.tidying import tidies, tidy

SPELLINGS = ("[MASK]", "<mask>")
"""Taken for a model's own mask in a text that does not hold it."""

Ids = NDArray[np.int64]


def with_own_mask(text: str, mask: str) -> str:
    """The text with the model's own mask, however the caller wrote it."""
    if mask not in text:
        for spelling in SPELLINGS:
            text = text.replace(spelling, mask)
    return text


def masks_in(ids: Sequence[int], kit: Kit) -> Ids:
    """Where the masks stand, or `InvalidInput` when there is none."""
    places = np.flatnonzero(np.asarray(ids) == kit.tokenizer.mask_token_id)
    if not len(places):
        raise InvalidInput(f"the input holds no mask: write {kit.tokenizer.mask_token} where a word is missing")
    return places


def cut_keeping_masks(ids: list[int], masks: Ids, kit: Kit) -> list[int]:
    """The ids cut to what the model takes, or `InputTooLong` when a mask would be cut off."""
    short = cut(ids, kit.max_input_tokens, kit.tokenizer, "right")
    left = short.count(kit.tokenizer.mask_token_id)
    if left < len(masks):
        raise InputTooLong(
            f"the input has {len(ids)} tokens and the model takes {kit.max_input_tokens}: "
            f"cut there, it would keep {left} of its {len(masks)} masks"
        )
    return short


def target_ids(targets: Sequence[str], tokenizer: Any) -> list[int]:
    """The token of each target, each once: the vocabulary's own, else the first of those it is made of."""
    found = [_in_vocabulary(target, tokenizer) for target in targets]
    unknown = iter(encode(tokenizer, [t for t, id in zip(targets, found, strict=True) if id is None], False))
    ids: list[int] = []
    for position, id in enumerate(found):
        first = next(unknown)[:1] if id is None else [id]
        if not first:
            raise InvalidInput(f"`targets[{position}]` holds nothing that the model's tokenizer knows", "targets")
        ids += first
    return list(dict.fromkeys(ids))


def _in_vocabulary(target: str, tokenizer: Any) -> int | None:
    fast = getattr(tokenizer, "backend_tokenizer", None)
    id: int | None = tokenizer.get_vocab().get(target) if fast is None else fast.token_to_id(target)
    return id


def written(tokenizer: Any, rows: Sequence[list[int]], special_tokens: bool) -> list[str]:
    """The text of each row of ids, with its special tokens or without, tidied where the tokenizer wants it."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is None:
        plain = {"skip_special_tokens": not special_tokens, "clean_up_tokenization_spaces": False}
        texts = [str(tokenizer.decode(ids, **plain)) for ids in rows]
    else:
        texts = list(fast.decode_batch(list(rows), skip_special_tokens=not special_tokens))
    return [tidy(text) for text in texts] if tidies(tokenizer) else texts
