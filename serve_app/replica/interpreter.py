"""Python's own lock, set for a process in which one thread runs a model and another tells its news."""

import sys

TURN_S = 0.0002


def short_turns() -> None:
    """The model's thread asks for the lock at every operation: waiting up to 5 ms for it took 4 % of the tokens."""
    sys.setswitchinterval(TURN_S)
