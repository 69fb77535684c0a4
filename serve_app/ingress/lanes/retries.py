"""How much may be sent again: a tenth of the traffic, so that retries never become the load."""

RESERVE = 256
"""What a quiet lane may send again all the same: what two full envelopes on two replicas hold."""


class RetryBudget:
    """Earns a tenth for every fresh item, spends one for every item that is sent again."""

    def __init__(self, share: float = 0.1, reserve: float = RESERVE) -> None:
        self._share = share
        self._reserve = reserve
        self._tokens = reserve

    def earn(self, items: int) -> None:
        self._tokens = min(self._reserve, self._tokens + items * self._share)

    def spend(self) -> bool:
        """Whether one more item may be sent again."""
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
