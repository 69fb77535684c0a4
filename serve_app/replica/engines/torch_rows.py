"""One row of a running batch: what its request asked of each token, and what it has written so far."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from serve_app.replica.engines.torch_filters import draw
from serve_app.replica.engines.torch_penalties import Penalties
from serve_app.tasks.sequences import Sampling, Token, Tops

FORBIDDEN = -torch.inf


class Matcher(Protocol):
    """A grammar on its way through an answer."""

    def forbid(self, scores: Tensor) -> None:
        """Take every token out that cannot come next."""

    def take(self, token: int) -> None:
        """What was chosen."""


MatcherOf = Callable[[Sampling], Matcher | None]
"""A new answer's way through its grammar, where it has one."""


class Row:
    """Chooses the next token of one sequence from the model's scores; equal seeds choose alike in any company."""

    def __init__(self, id: str, prompt: Sequence[int], sampling: Sampling, matcher: Matcher | None = None) -> None:
        self.id = id
        self._sampling, self._matcher = sampling, matcher
        self.plain = sampling.plain and matcher is None
        # Always on the CPU, so that a seed means the same on every device.
        self._generator = torch.Generator().manual_seed(sampling.seed) if sampling.temperature else None
        self._prompt = prompt
        self._penalties: Penalties | None = None
        self._after = _Followers(prompt, sampling.no_repeat_ngram_size)
        self._written = 0

    def next(self, scores: Tensor) -> Token:
        """The next token; `scores` are the model's own and stay as they are."""
        sampling, asked = self._sampling, self._asked(scores)
        if self._generator is None:
            token = int(asked.argmax())
        else:
            token = draw(asked, sampling, float(torch.rand((), generator=self._generator)))
        self._remember(token)
        if sampling.logprobs is None:
            return Token(self.id, token)
        whole = scores.logsumexp(dim=-1)
        return Token(self.id, token, float(scores[token] - whole), _tops(scores - whole, sampling.logprobs))

    def _asked(self, scores: Tensor) -> Tensor:
        """The scores as the request wants them, before temperature and filters."""
        sampling, scores = self._sampling, scores.clone()
        if self._penalties is None:
            self._penalties = Penalties(self._prompt, sampling, scores)
        self._penalties.apply(scores)
        forbidden = [*sampling.suppressed, *self._after.forbidden()]
        if self._written < sampling.min_new_tokens:
            forbidden += sampling.ends
        if forbidden:
            scores[torch.tensor(forbidden, device=scores.device)] = FORBIDDEN
        if self._matcher is not None:
            self._matcher.forbid(scores)
        return scores

    def _remember(self, token: int) -> None:
        self._written += 1
        if self._matcher is not None:
            self._matcher.take(token)
        if self._penalties is not None:
            self._penalties.take(token)
        self._after.take(token)


class _Followers:
    """Which tokens have followed each run of n-1 tokens, so that no run of n comes twice."""

    def __init__(self, text: Sequence[int], size: int) -> None:
        self._size = size
        self._text: list[int] | None = [] if size else None
        self._seen: defaultdict[tuple[int, ...], set[int]] = defaultdict(set)
        for token in text if size else ():
            self.take(token)

    def take(self, token: int) -> None:
        if self._text is not None:
            self._seen[self._last()].add(token)
            self._text.append(token)

    def forbidden(self) -> set[int]:
        return self._seen.get(self._last(), set()) if self._text is not None else set()

    def _last(self) -> tuple[int, ...]:
        assert self._text is not None
        before = self._size - 1
        return tuple(self._text[-before:]) if before else ()


def choose(scores: Tensor, rows: Sequence[Row]) -> list[Token]:
    """Each row's next token; what goes wrong in one row is that row's fault alone."""
    best = scores.argmax(dim=-1).tolist() if any(row.plain for row in rows) else []
    tokens = []
    for index, row in enumerate(rows):
        try:
            tokens.append(Token(row.id, best[index]) if row.plain else row.next(scores[index]))
        except Exception as error:
            tokens.append(Token(row.id, 0, fault=error))
    return tokens


def _tops(logarithms: Tensor, count: int) -> Tops:
    if not count:
        return ()
    values, ids = logarithms.topk(min(count, len(logarithms)))
    return tuple(zip(ids.tolist(), values.tolist(), strict=True))
