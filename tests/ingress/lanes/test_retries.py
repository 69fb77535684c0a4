from serve_app.ingress.lanes.retries import RESERVE, RetryBudget


def spent(budget: RetryBudget, wanted: int = 10_000) -> int:
    return sum(budget.spend() for _ in range(wanted))


def test_a_quiet_lane_has_a_reserve_and_no_more() -> None:
    budget = RetryBudget()
    budget.earn(1_000_000)
    assert spent(budget) == RESERVE


def test_beyond_the_reserve_a_tenth_of_what_came_in() -> None:
    budget = RetryBudget()
    spent(budget)
    budget.earn(995)
    assert spent(budget) == 99
    budget.earn(4)
    assert not budget.spend()
    budget.earn(2)
    assert budget.spend()
