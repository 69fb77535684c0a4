"""A grammar on its way through one answer: which tokens may come next, as a mask over the model's scores."""

from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from numpy.typing import NDArray
from torch import Tensor

from serve_app.errors import InvalidInput
from serve_app.replica.grammars.reasons import reason

FIELD = "grammar"
FORBIDDEN = -torch.inf
RENEWED_AFTER = 32
"""An answer that makes its rules outgrow their limits in fewer tokens than this slows down all others."""


class Compiled(NamedTuple):
    """What all answers under one grammar start from. They share what it grows while they are written."""

    start: LLMatcher
    took_s: float


class GrammarMatcher:
    """Used by one thread. What goes wrong is raised as `InvalidInput`, and is this answer's fault alone.

    The ends may come only where the grammar may end, and nothing else may come once it must.
    """

    def __init__(
        self,
        compiled: Compiled,
        tokens: LLTokenizer,
        ends: Collection[int],
        anew: Callable[[Compiled], Compiled | None],
    ) -> None:
        self._compiled, self._anew = compiled, anew
        self._follower = compiled.start.deep_copy()
        self._width = tokens.vocab_size
        self._words = np.zeros((self._width + 31) // 32, dtype=np.int32)
        self._own_ends = [*tokens.eos_tokens]
        # A token that is text stays text for the grammar, also where somebody wants to stop at it.
        self._ends = [end for end in sorted(ends) if end < self._width and tokens.is_special_token(end)]
        self._ends = self._ends or self._own_ends
        self._over = frozenset((*self._ends, *self._own_ends))
        self._taken: list[int] = []
        self._renewed_at: int | None = None

    def forbid(self, scores: Tensor) -> None:
        """Take every token out that cannot come next."""
        forbidden = torch.from_numpy(~self._allowed()[: len(scores)])
        scores.masked_fill_(forbidden.to(scores.device), FORBIDDEN)
        if scores.max() == FORBIDDEN:
            if not self._follower.is_accepting():
                raise InvalidInput("other parameters forbid every token that the grammar allows here", FIELD)
            # It is complete: it ends, whatever else may want it to go on.
            scores[self._ends] = 0.0

    def take(self, token: int) -> None:
        """What was chosen."""
        if token in self._over:
            return
        self._taken.append(token)
        if not self._follower.consume_token(token):
            self._renew()

    def _allowed(self) -> NDArray[np.bool_]:
        self._read()
        if self._follower.is_error():
            self._renew()
            self._read()
            self._check()
        allowed = np.unpackbits(self._words.view(np.uint8), count=self._width, bitorder="little").view(np.bool_)
        allowed[self._own_ends] = False
        if self._follower.is_accepting():
            allowed[self._ends] = True
        return allowed

    def _read(self) -> None:
        self._follower.unsafe_compute_mask_ptr(self._words.ctypes.data, self._words.nbytes)

    def _renew(self) -> None:
        """Go on with rules that have not grown yet: it may be others who made these outgrow their limits."""
        if self._renewed_at is None or len(self._taken) - self._renewed_at >= RENEWED_AFTER:
            self._renewed_at = len(self._taken)
            if compiled := self._anew(self._compiled):
                self._compiled, self._follower = compiled, compiled.start.deep_copy()
                self._follower.consume_tokens(self._taken)
        self._check()

    def _check(self) -> None:
        if self._follower.is_error():
            said = reason(self._follower.get_error())
            raise InvalidInput(f"the answer cannot follow the grammar any further: {said}", FIELD)
