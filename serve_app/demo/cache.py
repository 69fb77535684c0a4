"""Where built models are kept, and how two processes that want the same one share a single build."""

import importlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from serve_app.demo.progress import Progress
from serve_app.demo.table import entry_of
from serve_app.errors import ModelCannotLoad

if TYPE_CHECKING:
    from serve_app.demo.recipes.base import Recipe

Watch = Callable[[str, int, int], None]
"""Told of a build: which model, how many steps are done, and of how many."""


def build(name: str, root: Path | None = None) -> Path:
    """The folder of a demo model, built when it is not there yet; `root` stands in for the cache's own folder."""
    folder = folder_of(name, root)
    if not folder.is_dir():
        with Progress() as progress:
            build_watched(name, folder, progress.show)
    return folder


def folder_of(name: str, root: Path | None = None) -> Path:
    """Where a model is, or will be once it is built; the folder is there only when it is complete."""
    return (root or cache_root()) / "demo" / f"{name}-{entry_of(name).version()}"


def cache_root() -> Path:
    """The folder that holds everything this project keeps between runs."""
    if home := os.environ.get("SERVE_APP_HOME"):
        return Path(home).expanduser().absolute()
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(caches).expanduser().absolute() / "serve-app"


def build_watched(name: str, folder: Path, watch: Watch) -> None:
    """Build a model into its folder, or wait for the process that is at it already."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(name, folder):
            if not folder.is_dir():
                _make(name, folder, watch)
    except OSError as error:
        raise ModelCannotLoad(
            f"demo/{name} cannot be kept in {folder.parent}: {error}. Set SERVE_APP_HOME to a folder that is writable."
        ) from error


def _locked(name: str, folder: Path) -> FileLock:
    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"Another process is building demo/{name}; waiting for it.", file=sys.stderr, flush=True)
    else:
        lock.release()
    return lock


def _make(name: str, folder: Path, watch: Watch) -> None:
    """A build that is killed leaves at most a hidden folder, which the next one sweeps away."""
    recipe: Recipe = importlib.import_module(f"serve_app.demo.recipes.{entry_of(name).recipe}").RECIPE
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        recipe.make(name, unfinished, lambda done: watch(name, done, recipe.steps))
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
