"""How a build tells how far it is: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from types import TracebackType

import rich.progress
from rich.console import Console

_LINE_EVERY_S = 5.0


class Progress:
    """Counts steps up to a total, on stderr."""

    def __init__(self, title: str, total: int) -> None:
        self._title = title
        self._total = total
        self._done = 0
        self._started = self._told = time.monotonic()
        self._bar = self._terminal_bar() if sys.stderr.isatty() else None

    def __enter__(self) -> "Progress":
        if self._bar:
            self._bar.start()
            self._bar.add_task(self._title, total=self._total)
        else:
            self._tell("started")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()
        else:
            took = time.monotonic() - self._started
            self._tell(f"done in {took:.0f} s" if error is None else "broken off")

    def advance(self) -> None:
        """One more step is done."""
        self._done += 1
        if self._bar:
            self._bar.advance(self._bar.task_ids[0])
        elif time.monotonic() - self._told >= _LINE_EVERY_S:
            self._tell(f"{self._done / self._total:.0%}")

    def _tell(self, what: str) -> None:
        self._told = time.monotonic()
        print(f"{self._title}: {what}", file=sys.stderr, flush=True)

    @staticmethod
    def _terminal_bar() -> rich.progress.Progress:
        return rich.progress.Progress(
            rich.progress.TextColumn("{task.description}"),
            rich.progress.BarColumn(),
            rich.progress.TaskProgressColumn(),
            rich.progress.TimeRemainingColumn(),
            console=Console(stderr=True),
        )
