"""What is wrong with a configuration, told all at once and in the reader's terms."""

from collections.abc import Iterable
from typing import NamedTuple


class Fault(NamedTuple):
    """One fault: where it is, what was expected and found, and the way out."""

    path: str
    message: str
    hint: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = f"{self.path or 'the file'}{f' (line {self.line})' if self.line else ''}"
        return f"{where}: {self.message}{f'; {self.hint}' if self.hint else ''}"


class ConfigFaults(Exception):
    """Every fault of one configuration."""

    def __init__(self, faults: Iterable[Fault], source: str = "the configuration") -> None:
        self.faults = tuple(faults)
        self.source = source
        # The arguments let the exception travel between Ray's processes.
        super().__init__(self.faults, source)

    def __str__(self) -> str:
        count = f"{len(self.faults)} fault{'s' if len(self.faults) > 1 else ''}"
        return "\n  ".join([f"{count} in {self.source}:", *map(str, self.faults)])


def join(where: str, *parts: str | int) -> str:
    """The path of something inside `where`, as in `applications[0].args.models[2].name`."""
    for part in parts:
        where += f"[{part}]" if isinstance(part, int) else f"{'.' if where else ''}{part}"
    return where
