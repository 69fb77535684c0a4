"""Python's garbage collector, set for a process that makes and drops many small objects a second."""

import gc

NEW_OBJECTS, YOUNG_RUNS, OLD_RUNS = 50_000, 20, 100


def calm_collector() -> None:
    """Look for cycles after 50,000 new objects, not after 700: that was an eighth of what the ingress did."""
    gc.set_threshold(NEW_OBJECTS, YOUNG_RUNS, OLD_RUNS)
