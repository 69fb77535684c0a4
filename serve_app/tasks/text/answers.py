"""Answers are stretches of a text: which ones a model finds most likely, from what it says of each token."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from serve_app.tasks.text.word_places import solid, words

Spans = dict[tuple[int, int], float]
"""The logarithm of each answer's probability, by its start and end in the text."""

Scores = NDArray[np.float64]
Places = NDArray[np.int64]

# Several tokens of a word make the same answer, so more are looked at than are wanted.
_SPARE = 16


def places(text: str, offsets: Places, whole_words: bool) -> Places:
    """Where in the text an answer begins that begins with this token, and where it ends that ends with it."""
    stretches = words(text) if whole_words else solid(text)
    starts, ends = np.append(stretches[:, 0], len(text)), np.insert(stretches[:, 1], 0, 0)
    # A token may bring white space along: the first stretch behind its start counts, and the last before its end.
    first = starts[np.searchsorted(stretches[:, 1], offsets[:, 0], side="right")]
    last = ends[np.searchsorted(stretches[:, 0], offsets[:, 1], side="left")]
    if not whole_words:
        first, last = np.maximum(first, offsets[:, 0]), np.minimum(last, offsets[:, 1])
    return np.stack([first, last], axis=1)


def log_softmax(logits: NDArray[Any]) -> Scores:
    """In double precision, where the product of two small probabilities is still a number."""
    exact = logits.astype(np.float64)
    exact -= exact.max()
    return np.asarray(exact - np.log(np.exp(exact).sum()))


def best_spans(start: Scores, end: Scores, where: Places, longest: int, count: int) -> Spans:
    """The `count` best answers of at most `longest` tokens; one that several tokens make has its best score."""
    longest = min(longest, len(start))
    beyond = longest - 1
    ends_at = sliding_window_view(np.pad(where[:, 1], (0, beyond)), longest)
    scores = start[:, None] + sliding_window_view(np.pad(end, (0, beyond)), longest)
    # Behind the last token, and where tokens stand on white space alone, there is no text to answer with.
    scores = np.where(ends_at > where[:, :1], scores, -np.inf)
    looked_at = 2 * count + _SPARE
    while True:
        spans = _distinct(scores, where, looked_at)
        if len(spans) >= count or looked_at >= scores.size:
            return dict(list(spans.items())[:count])
        looked_at *= 4


def _distinct(scores: Scores, where: Places, looked_at: int) -> Spans:
    """The best so many pairs of tokens as answers, the best first."""
    flat = scores.ravel()
    rank = max(flat.size - looked_at, 0)
    threshold = np.partition(flat, rank)[rank]
    chosen = np.flatnonzero((flat >= threshold) & (flat > -np.inf))
    chosen = chosen[np.argsort(-flat[chosen], kind="stable")][:looked_at]
    first, further = np.divmod(chosen, scores.shape[1])
    spans: Spans = {}
    for begins, ends, score in zip(
        where[first, 0].tolist(), where[first + further, 1].tolist(), flat[chosen].tolist(), strict=True
    ):
        spans.setdefault((begins, ends), score)
    return spans
