"""What still waits in the ingresses, as each of them last told."""

from time import monotonic

KEPT_S = 5.0
"""An ingress tells with every call; what it has not repeated for so long is not relied on."""


class Backlogs:
    """The latest word of every ingress."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[int, float]] = {}

    def tell(self, ingress: str, waiting: int) -> None:
        self._told[ingress] = (waiting, monotonic())

    def total(self) -> int:
        """What waits in all of them together."""
        oldest = monotonic() - KEPT_S
        self._told = {ingress: word for ingress, word in self._told.items() if word[1] >= oldest}
        return sum(waiting for waiting, _ in self._told.values())
