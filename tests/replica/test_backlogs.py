"""Each ingress counts once, with what it said last, and not for ever."""

import time

import pytest

from serve_app.replica.backlogs import KEPT_S, Backlogs


def test_the_ingresses_add_up_and_the_latest_word_counts() -> None:
    backlogs = Backlogs()
    backlogs.tell("a", 10)
    backlogs.tell("b", 5)
    assert backlogs.total() == 15
    backlogs.tell("a", 0)
    assert backlogs.total() == 5


def test_what_was_not_repeated_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    backlogs = Backlogs()
    backlogs.tell("a", 10)
    later = time.monotonic() + KEPT_S + 1
    monkeypatch.setattr("serve_app.replica.backlogs.monotonic", lambda: later)
    backlogs.tell("b", 3)
    assert backlogs.total() == 3
