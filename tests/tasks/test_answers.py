"""The best stretches of a text against trying each pair of tokens in turn."""

import numpy as np
import pytest
from numpy.typing import NDArray

from serve_app.tasks.text.answers import best_spans, log_softmax, places


def _every_span(
    start: NDArray[np.float64], end: NDArray[np.float64], where: NDArray[np.int64], longest: int
) -> list[tuple[tuple[int, int], float]]:
    found: dict[tuple[int, int], float] = {}
    for first in range(len(start)):
        for last in range(first, min(first + longest, len(start))):
            begins, ends = int(where[first, 0]), int(where[last, 1])
            if begins < ends:
                score = start[first] + end[last]
                found[begins, ends] = max(found.get((begins, ends), score), score)
    return sorted(found.items(), key=lambda span: -span[1])


@pytest.mark.parametrize("longest", [1, 4, 15, 1000])
@pytest.mark.parametrize("count", [1, 3, 40, 1000])
def test_they_are_the_best_of_all_pairs(longest: int, count: int) -> None:
    rng = np.random.default_rng(longest * 10_000 + count)
    for tokens in (1, 2, 30, 60):
        words = np.sort(rng.integers(0, tokens, tokens))
        where = np.stack([3 * words, 3 * words + 2], axis=1)
        if tokens > 2:
            # White space: an answer that begins with it begins behind it, one that ends with it ends before it.
            where[tokens // 2] = (3 * words[tokens // 2] + 3, 3 * words[tokens // 2] + 2)
        start, end = (log_softmax(rng.normal(size=tokens) * 3) for _ in range(2))
        expected = _every_span(start, end, where, longest)[:count]
        found = best_spans(start, end, where, longest, count)
        assert list(found) == [span for span, _ in expected]
        assert list(found.values()) == pytest.approx([score for _, score in expected])


def test_of_equal_ones_the_first_and_shortest_come_first() -> None:
    where = np.asarray([(0, 1), (1, 2), (2, 3)])
    spans = best_spans(np.zeros(3), np.zeros(3), where, 3, 4)
    assert list(spans) == [(0, 1), (0, 2), (0, 3), (1, 2)]


def test_small_probabilities_stay_numbers() -> None:
    logits = np.asarray([0.0, 0.0, -500.0], dtype=np.float32)
    scores = log_softmax(logits)
    assert np.exp(scores[:2]) == pytest.approx([0.5, 0.5])
    assert scores[2] == pytest.approx(-500 - np.log(2))


@pytest.mark.parametrize(
    ("whole_words", "expected"),
    [(True, [(0, 4), (0, 4), (5, 9), (9, 5), (10, 11)]), (False, [(0, 2), (2, 4), (5, 9), (9, 5), (10, 11)])],
)
def test_places_grow_to_words_and_leave_white_space_out(whole_words: bool, expected: list[tuple[int, int]]) -> None:
    text = "Anna runs\u3000今天"
    offsets = np.asarray([(0, 2), (2, 4), (4, 9), (9, 10), (9, 11)])
    told = [tuple(place) for place in places(text, offsets, whole_words).tolist()]
    assert [place for place in told if place[0] < place[1]] == [place for place in expected if place[0] < place[1]]
    assert told[3][0] >= told[3][1], "a token of white space alone makes no answer"
