"""The best of some scores, however many are asked for."""

import numpy as np
import pytest

from serve_app.tasks.scoring.ranking import best


@pytest.mark.parametrize(
    ("scores", "count", "expected"),
    [
        ([0.1, 0.7, 0.2], None, [1, 2, 0]),
        ([0.1, 0.7, 0.2], 2, [1, 2]),
        ([0.1, 0.7, 0.2], 3, [1, 2, 0]),
        ([0.1, 0.7, 0.2], 9, [1, 2, 0]),
        ([0.5, 0.9, 0.5], None, [1, 0, 2]),
        ([-1.0, -3.0, -2.0], 1, [0]),
    ],
)
def test_best_come_first_and_equal_ones_in_their_order(
    scores: list[float], count: int | None, expected: list[int]
) -> None:
    assert best(np.asarray(scores, dtype=np.float32), count) == expected


def test_a_long_list_is_cut_as_if_it_were_sorted() -> None:
    scores = np.random.default_rng(0).normal(size=5000).astype(np.float32)
    assert best(scores, 40) == best(scores)[:40]
