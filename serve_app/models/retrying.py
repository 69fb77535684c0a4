"""How long it is worth waiting for a hub that stumbles."""

import time

PAUSES_S = (0.5, 1.0, 2.0)
LONGEST_WAIT_S = 15.0
BUSY = (408, 429, 500, 502, 503, 504)


class Retrying:
    """The tries of one request; a new one begins when something has arrived in between."""

    def __init__(self, connections: bool = True) -> None:
        self._left = list(PAUSES_S)
        self._connections = connections

    def pause(self, error: Exception) -> bool:
        """Wait before the next try, or say that there is no point in one."""
        wait_s = self._wait_s(error)
        if wait_s is None:
            return False
        time.sleep(wait_s)
        return True

    def _wait_s(self, error: Exception) -> float | None:
        if not self._left:
            return None
        pause_s = self._left.pop(0)
        status = status_of(error)
        if status is None:
            # Whatever is no OSError here comes from the network: a connection that broke off, or fell silent.
            return pause_s if self._connections and not isinstance(error, OSError | ValueError) else None
        if status not in BUSY:
            return None
        asked_s = retry_after_s(error)
        return pause_s if asked_s is None else asked_s if asked_s <= LONGEST_WAIT_S else None


def status_of(error: Exception) -> int | None:
    """The HTTP status of what the hub answered, if it answered at all."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def retry_after_s(error: Exception) -> float | None:
    """What the hub asks to wait."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    asked = str(headers.get("Retry-After", ""))
    return float(asked) if asked.isdigit() else None
