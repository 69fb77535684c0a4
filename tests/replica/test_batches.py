"""The choice of the next batch, and what memory has taught it."""

import math

import pytest

from serve_app.config.schema import Batching
from serve_app.replica.batches import Bounds, Pool
from serve_app.replica.jobs import Job, Piece
from serve_app.tasks.base import Row
from serve_app.types import Item


def piece(length: int, number: int = 0, key: str = "", priority: int = 0) -> Piece:
    item = Item(str(number), "predict", None, None, 9, priority=priority)
    return Piece(Job(item, lambda event: None, float(number), 9, number, key), 0, Row({}, length))


def bounds(rows: int = 32, tokens: int = 10_000, free_padding: float = 64) -> Bounds:
    return Bounds(Batching(max_batch_size=rows, max_batch_tokens=tokens), free_padding)


@pytest.mark.parametrize(
    ("lengths", "leader", "limits", "window"),
    [
        ([5], 0, {}, (0, 1)),
        ([5, 5, 5, 5], 2, {"rows": 3}, (0, 3)),
        ([100, 105, 110, 200], 1, {}, (0, 3)),
        ([1, 2, 60], 0, {}, (0, 2)),
        ([100, 105, 110, 200], 1, {"free_padding": math.inf}, (0, 4)),
        ([100, 105, 110, 200], 1, {"tokens": 215}, (0, 2)),
        ([100, 105, 110, 200], 3, {"tokens": 50}, (3, 4)),
        ([100, 105, 107, 200], 1, {"tokens": 215}, (1, 3)),
        ([90, 100, 105, 106], 1, {"tokens": 206}, (0, 2)),
        ([300, 300, 310, 320], 0, {"rows": 2}, (0, 2)),
    ],
)
def test_the_window_around_the_leader(
    lengths: list[int], leader: int, limits: dict[str, int], window: tuple[int, int]
) -> None:
    assert bounds(**limits).window(lengths, leader) == window


def test_the_pool_takes_by_rank_then_by_length() -> None:
    pool = Pool(bounds(rows=2))
    pool.add([piece(500, 1), piece(10, 2), piece(480, 3), piece(11, 4, priority=1), piece(9, 5, key="other")])
    assert len(pool) == 5
    taken = []
    while batch := pool.take():
        taken.append([one.row.length for one in batch])
    assert taken == [[10, 11], [480, 500], [9]]
    assert len(pool) == 0


def test_the_pool_drops_whole_jobs() -> None:
    pool = Pool(bounds())
    one, two = piece(5, 1), piece(6, 2)
    pool.add([one, one._replace(position=1), two])
    assert pool.keep(lambda job: job is two.job) == [one.job]
    assert pool.take() == [two]


def test_memory_caps_and_comes_back() -> None:
    limits = bounds(tokens=1000)
    full = [piece(10) for _ in range(32)]
    limits.shrink(full)
    assert limits.tokens == 160
    limits.shrink([piece(400)])
    assert limits.tokens == 160
    limits.grow([piece(10)])
    assert limits.tokens == 160
    batches = 0
    while limits.tokens < 1000:
        limits.grow([piece(int(limits.tokens))])
        batches += 1
    assert batches > 300
    assert limits.tokens == 1000
