from serve_app.rate import Rate


def test_a_rate_is_right_from_the_start_and_fades() -> None:
    rate = Rate()
    start = rate._since
    assert rate.per_second(start) == 0
    for tick in range(1, 101):
        rate.add(5, start + tick / 10)
    assert 45 < rate.per_second(start + 10) < 55
    for tick in range(101, 1001):
        rate.add(5, start + tick / 10)
    assert 45 < rate.per_second(start + 100) < 55
    assert rate.per_second(start + 150) < 1
