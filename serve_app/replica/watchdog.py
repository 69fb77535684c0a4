"""A thread cannot be stopped from outside, so one that hangs is noticed and reported."""

import threading
import time
from collections.abc import Callable, Sequence


class Pulse:
    """When a thread last made a step, or that it has nothing to do."""

    def __init__(self) -> None:
        self._since: float | None = None

    def beat(self) -> None:
        self._since = time.monotonic()

    def rest(self) -> None:
        self._since = None

    def still_s(self) -> float:
        since = self._since
        return 0.0 if since is None else time.monotonic() - since


class Watchdog:
    """Calls `alarm` once when a pulse has made no step for longer than `limit_s`."""

    def __init__(self, pulses: Sequence[Pulse], limit_s: float, alarm: Callable[[], None]) -> None:
        self._pulses = pulses
        self._limit_s = limit_s
        self._alarm = alarm
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def _watch(self) -> None:
        look_s = min(1.0, self._limit_s / 8)
        while not self._stopped.wait(look_s):
            if any(pulse.still_s() > self._limit_s for pulse in self._pulses):
                self._alarm()
                return
