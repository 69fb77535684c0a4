"""Building several demo models at once, one process and one core each."""

import multiprocessing
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, wait
from pathlib import Path
from queue import Queue

from serve_app.demo.cache import build, build_watched, folder_of
from serve_app.demo.progress import Progress

_LOOK_EVERY_S = 0.2

Steps = tuple[str, int, int]


def build_all(names: Iterable[str], root: Path | None = None) -> list[Path]:
    """The folders of demo models in the order asked for; those that are missing are built side by side."""
    names = list(names)
    missing = {name: folder for name in names if not (folder := folder_of(name, root)).is_dir()}
    if len(missing) > 1:
        _build_side_by_side(missing)
    return [build(name, root) for name in names]


def _build_side_by_side(missing: dict[str, Path]) -> None:
    context = multiprocessing.get_context("spawn")
    workers = min(len(missing), os.cpu_count() or 1)
    with context.Manager() as manager, ProcessPoolExecutor(workers, context) as pool, Progress() as progress:
        steps: Queue[Steps] = manager.Queue()
        running = {pool.submit(_build_reporting, name, folder, steps) for name, folder in missing.items()}
        while running:
            finished, running = wait(running, _LOOK_EVERY_S)
            while not steps.empty():
                progress.show(*steps.get())
            for build_done in finished:
                build_done.result()


def _build_reporting(name: str, folder: Path, steps: "Queue[Steps]") -> None:
    build_watched(name, folder, lambda *step: steps.put(step))
