"""What one measurement found, at the client."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np


@dataclass
class Run:
    """Tokens that arrived while it was measured, and the waits before and between them."""

    seconds: float
    tokens: int = 0
    requests: int = 0
    faults: int = 0
    first_fault: str = ""
    first_s: list[float] = field(default_factory=list)
    gaps_s: list[float] = field(default_factory=list)

    def __add__(self, other: Self) -> Self:
        mine, theirs = asdict(self), asdict(other)
        return type(self)(**{name: value + theirs[name] for name, value in mine.items()})

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        return cls(**values)

    @property
    def tokens_per_s(self) -> float:
        return self.tokens / self.seconds

    def first_ms(self, percent: float) -> float | None:
        """Time to the first token."""
        return _percentile(self.first_s, percent)

    def gap_ms(self, percent: float) -> float | None:
        """Time between two arrivals of one answer; tokens that arrive together are one arrival."""
        return _percentile(self.gaps_s, percent)


def _percentile(seconds: list[float], percent: float) -> float | None:
    return 1000 * float(np.percentile(seconds, percent)) if seconds else None
