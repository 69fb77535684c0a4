"""One text or two with their special tokens, and what is left of them when there are too many tokens."""

from collections.abc import Sequence
from typing import Any, NamedTuple

Texts = str | tuple[str, str]


class Tokens(NamedTuple):
    """What is read of an encoding, where no tokenizer in Rust made it or where it was cut."""

    ids: list[int]
    type_ids: list[int]
    sequence_ids: list[int | None]
    """0 for the first text, 1 for the second, None for special tokens."""


def encode_each(tokenizer: Any, inputs: Sequence[Texts]) -> list[Any]:
    """The encoding of each text or pair, with special tokens and without places in the text."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is None:
        return [_in_python(tokenizer, texts) for texts in inputs]
    return list(fast.encode_batch_fast(list(inputs)))


def cut(encoding: Any, limit: int) -> Any:
    """At most `limit` tokens: the longer of two texts loses its end until both are as long, then both do."""
    if len(encoding.ids) <= limit:
        return encoding
    places = [[place for place, whose in enumerate(encoding.sequence_ids) if whose == text] for text in (0, 1)]
    first, second = map(len, places)
    room = max(0, limit - len(encoding.ids) + first + second)
    shorter = min(first, second, room // 2)
    counts = (room - shorter, shorter) if first > second else (shorter, room - shorter)
    dropped = {place for text, count in zip(places, counts, strict=True) for place in text[count:]}
    columns = (encoding.ids, encoding.type_ids, encoding.sequence_ids)
    return Tokens(*([value for place, value in enumerate(column) if place not in dropped] for column in columns))


def _in_python(tokenizer: Any, texts: Texts) -> Tokens:
    both = (texts,) if isinstance(texts, str) else texts
    told = tokenizer(*both, truncation=False, return_token_type_ids=True, return_special_tokens_mask=True)
    first = len(tokenizer(both[0], add_special_tokens=False, truncation=False)["input_ids"])
    owners = iter([0] * first + [1] * len(told["input_ids"]))
    sequence_ids = [None if special else next(owners) for special in told["special_tokens_mask"]]
    return Tokens(list(told["input_ids"]), list(told["token_type_ids"]), sequence_ids)
