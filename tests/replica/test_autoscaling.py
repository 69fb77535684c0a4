from types import SimpleNamespace
from typing import Any

import pytest

from serve_app.replica.autoscaling import policy


def desired(
    items: dict[str, float] | None = None,
    backlog: dict[str, float] | None = None,
    *,
    calls: float = 0,
    target: float = 10,
    now: int = 1,
    lowest: int = 0,
    highest: int = 100,
) -> int:
    metrics: dict[str, Any] = {
        name: told for name, told in (("items", items), ("backlog", backlog)) if told is not None
    }
    context = SimpleNamespace(
        current_num_replicas=now,
        target_num_replicas=now,
        capacity_adjusted_min_replicas=lowest,
        capacity_adjusted_max_replicas=highest,
        total_num_requests=calls,
        aggregated_metrics=metrics,
        config=SimpleNamespace(target_ongoing_requests=target),
    )
    replicas, state = policy(context)
    assert state == {}
    return replicas


@pytest.mark.parametrize(("items", "replicas"), [(0, 0), (1, 1), (10, 1), (11, 2), (95, 10), (96, 10), (101, 11)])
def test_every_item_counts(items: float, replicas: int) -> None:
    assert desired({"a": items}) == replicas


def test_items_are_each_replica_s_own() -> None:
    assert desired({"a": 10, "b": 10, "c": 5}, now=3) == 3


def test_the_backlog_is_the_same_whoever_tells_of_it() -> None:
    assert desired({"a": 10, "b": 10}, {"a": 20, "b": 20}, now=2) == 4
    assert desired({"a": 10, "b": 10}, {"a": 0, "b": 20}, now=2) == 4


def test_a_fraction_of_a_target() -> None:
    assert desired({"a": 2}, target=0.5) == 4


def test_items_in_envelopes_count_and_not_the_calls_that_carry_them() -> None:
    assert desired({"a": 40}, calls=2) == 4
    assert desired({"a": 1}, calls=50) == 1


def test_any_call_under_way_keeps_one_replica() -> None:
    assert desired({"a": 0}, calls=1) == 1
    assert desired({"a": 0}, calls=0) == 0


def test_the_first_call_wakes_a_sleeping_model() -> None:
    assert desired(None, calls=1, now=0) == 1
    assert desired(None, calls=0, now=0) == 0


def test_without_a_report_nothing_is_taken_away() -> None:
    assert desired(None, calls=0, now=3) == 3
    assert desired({}, {"a": 5}, now=3) == 3
    assert desired(None, now=3, highest=2) == 2


def test_the_bounds_hold() -> None:
    assert desired({"a": 1000}, highest=3) == 3
    assert desired({"a": 0}, lowest=2) == 2
