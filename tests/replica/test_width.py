"""How many answers may grow side by side."""

from serve_app.replica.width import GROWTH, Width


def test_memory_that_was_short_for_a_while_comes_back_into_use() -> None:
    width = Width(8)
    width.shrink(2)
    assert width.rows == 1
    steps = 0
    while width.rows < 8:
        width.grow(width.rows)
        steps += 1
    assert 7 / GROWTH - 10 < steps < 7 / GROWTH + 10
    for _ in range(2000):
        width.grow(8)
    assert width.rows == 8


def test_steps_that_were_not_full_prove_nothing() -> None:
    width = Width(8)
    width.shrink(8)
    for _ in range(10_000):
        width.grow(3)
    assert width.rows == 4
