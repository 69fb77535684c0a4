"""How transfers tell how far they are: a bar for each file on a terminal, a line now and then elsewhere."""

import sys
import time
from types import TracebackType

from rich import filesize, progress
from rich.console import Console

LINE_EVERY_S = 5.0


class Transfers:
    """Shows on stderr how many bytes of each file are here; called from many threads."""

    def __init__(self) -> None:
        self._bars = _bars() if sys.stderr.isatty() else None
        self._tasks: dict[str, progress.TaskID] = {}
        self._told: dict[str, float] = {}

    def __enter__(self) -> "Transfers":
        if self._bars:
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bars:
            self._bars.stop()

    def show(self, name: str, done: int, total: int) -> None:
        """So many bytes of one file are here."""
        if self._bars:
            if name not in self._tasks:
                self._tasks[name] = self._bars.add_task(name, total=total)
            self._bars.update(self._tasks[name], completed=done, visible=done < total)
        elif self._is_due(name, done == total):
            # In one piece, as several threads tell of their files.
            sys.stderr.write(f"{name}: {filesize.decimal(done)} of {filesize.decimal(total)}\n")

    def _is_due(self, name: str, complete: bool) -> bool:
        """The end is told once, though the last bytes and the finished file both report it."""
        now, last = time.monotonic(), self._told.setdefault(name, time.monotonic())
        if last == float("inf") or (not complete and now - last < LINE_EVERY_S):
            return False
        self._told[name] = float("inf") if complete else now
        return True


def _bars() -> progress.Progress:
    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
    )
