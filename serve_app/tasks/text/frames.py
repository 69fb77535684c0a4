"""Two texts as one row, joined from ids so that a text is tokenised once for however many partners it has."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.tasks.base import Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.pieces import paired

Ids = NDArray[np.int32]


class Frame:
    """The special tokens around and between two texts, read off an encoded pair."""

    def __init__(self, kit: Kit) -> None:
        [pair] = paired(kit.tokenizer, [("a", "a")])
        sides = pair.sequence_ids
        first, second = sides.index(0), sides.index(1)
        edges = (first, first + sides.count(0), second, second + sides.count(1))
        self._ids = np.split(np.asarray(pair.ids, dtype=np.int32), edges)
        self._types = np.split(np.asarray(pair.type_ids, dtype=np.int32), edges)
        self._with_types = kit.token_types
        self.size = sum(len(part) for part in self._ids[::2])

    def row(self, first: Sequence[int] | Ids, second: Sequence[int] | Ids) -> Row:
        """The row of two texts that were encoded without special tokens."""
        # Half the size of what the model is fed with: a long text may stand here a thousand times.
        texts = [np.asarray(text, dtype=np.int32) for text in (first, second)]
        ids = _filled(self._ids, texts)
        arrays: dict[str, NDArray[Any]] = {"input_ids": ids}
        if self._with_types:
            kinds = [np.full(len(text), self._types[1 + 2 * side][0], np.int32) for side, text in enumerate(texts)]
            arrays["token_type_ids"] = _filled(self._types, kinds)
        return Row(arrays, len(ids))

    def begins(self, first: int) -> tuple[int, int]:
        """Where in a row the two texts begin, the first of which has so many tokens."""
        before, _, between, _, _ = map(len, self._ids)
        return before, before + first + between


def _filled(parts: Sequence[Ids], texts: Sequence[Ids]) -> Ids:
    before, _, between, _, after = parts
    return np.concatenate((before, texts[0], between, texts[1], after))
