"""Who goes first on a busy core: what answers requests, or what only keeps the cluster together.

A model's step is as slow as the slowest of its threads, and Ray's own processes wake some two thousand times a second.
Linux lets a thread of the batch policy have its share like any other, but interrupt nobody when it wakes.
"""

import contextlib
import os
import sys

BEHIND = "if command -v chrt > /dev/null; then chrt --batch --pid 0 $$; fi"
"""`let_others_go_first`, for a shell."""


def let_others_go_first() -> None:
    """For this thread, and for all threads and processes that it starts."""
    _change("SCHED_OTHER", "SCHED_BATCH")


def go_first() -> None:
    """Take back what was inherited, for this thread and those that it starts; a policy of the user's own stays."""
    _change("SCHED_BATCH", "SCHED_OTHER")


def _change(expected: str, wanted: str) -> None:
    if sys.platform == "linux" and os.sched_getscheduler(0) == getattr(os, expected):
        with contextlib.suppress(OSError):  # a sandbox may forbid it, and then all are alike
            os.sched_setscheduler(0, getattr(os, wanted), os.sched_param(0))
