"""How many answers may grow side by side: as configured, and as memory has shown."""

GROWTH = 1 / 1000
"""Of a row for every step that was as wide as is dared: memory that was only short for a while comes back into use."""


class Width:
    """Halved by a step that memory did not hold."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._dared = float(most)

    @property
    def rows(self) -> int:
        """What is dared now."""
        return int(self._dared)

    def shrink(self, rows: int) -> None:
        """Memory did not hold a step of so many."""
        self._dared = max(rows // 2, 1)

    def grow(self, rows: int) -> None:
        """Memory held a step of so many."""
        if rows >= self.rows and self._dared < self.most:
            self._dared += GROWTH
