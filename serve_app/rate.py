"""How much comes by, by the recent past."""

import math
import time


class Rate:
    """Events per second, where what is long past counts less and less."""

    _fade_s = 10.0

    def __init__(self) -> None:
        self._weight = 0.0
        self._at = self._since = time.monotonic()

    def add(self, count: int, now: float) -> None:
        self._weight = self._faded(now) + count
        self._at = now

    def per_second(self, now: float) -> float:
        # A rate that began just now has not had the time to gather its full weight.
        seen_s = self._fade_s * -math.expm1(-(now - self._since) / self._fade_s)
        return self._faded(now) / seen_s if seen_s > 0 else 0.0

    def _faded(self, now: float) -> float:
        return self._weight * math.exp(-(now - self._at) / self._fade_s)
