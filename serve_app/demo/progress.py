"""How builds tell how far they are: bars on a terminal, a line now and then elsewhere."""

import sys
import time
from types import TracebackType

import rich.progress
from rich.console import Console

_LINE_EVERY_S = 5.0


class Progress:
    """Shows on stderr how many steps each build has done."""

    def __init__(self) -> None:
        self._bars = self._terminal_bars() if sys.stderr.isatty() else None
        self._tasks: dict[str, rich.progress.TaskID] = {}
        self._told: dict[str, float] = {}

    def __enter__(self) -> "Progress":
        if self._bars:
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bars:
            self._bars.stop()

    def show(self, name: str, done: int, total: int) -> None:
        """So many steps of one build are done."""
        if self._bars:
            if name not in self._tasks:
                self._tasks[name] = self._bars.add_task(f"Building demo/{name}", total=total)
            self._bars.update(self._tasks[name], completed=done)
        elif done == total or time.monotonic() - self._told.get(name, 0.0) >= _LINE_EVERY_S:
            self._told[name] = time.monotonic()
            print(f"Building demo/{name}: {done / total:.0%}", file=sys.stderr, flush=True)

    @staticmethod
    def _terminal_bars() -> rich.progress.Progress:
        return rich.progress.Progress(
            rich.progress.TextColumn("{task.description}"),
            rich.progress.BarColumn(),
            rich.progress.TaskProgressColumn(),
            rich.progress.TimeRemainingColumn(),
            console=Console(stderr=True),
        )
