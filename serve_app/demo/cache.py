"""Where built models are kept, and how two processes that want the same one share a single build."""

import importlib
import os
import shutil
import sys
from pathlib import Path

from serve_app.demo.progress import Progress
from serve_app.demo.table import Entry, entry_of
from serve_app.errors import ModelCannotLoad


def build(name: str, root: Path | None = None) -> Path:
    """The folder of a demo model, built when it is not there yet; `root` stands in for the cache's own folder."""
    entry = entry_of(name)
    folder = (root or cache_root()) / "demo" / f"{name}-{entry.version()}"
    if folder.is_dir():
        return folder
    try:
        _build_once(name, entry, folder)
    except OSError as error:
        raise ModelCannotLoad(
            f"demo/{name} cannot be kept in {folder.parent} ({error}). Set SERVE_APP_HOME to a folder that can be written."
        ) from error
    return folder


def cache_root() -> Path:
    """The folder that holds everything this project keeps between runs."""
    if home := os.environ.get("SERVE_APP_HOME"):
        return Path(home).expanduser().absolute()
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(caches).expanduser().absolute() / "serve-app"


def _build_once(name: str, entry: Entry, folder: Path) -> None:
    from filelock import FileLock, Timeout

    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"Another process is building demo/{name}; waiting for it.", file=sys.stderr, flush=True)
        lock.acquire()
    try:
        if not folder.is_dir():
            _make(name, entry, folder)
    finally:
        lock.release()


def _make(name: str, entry: Entry, folder: Path) -> None:
    from serve_app.demo.recipes.base import Recipe

    recipe: Recipe = importlib.import_module(f"serve_app.demo.recipes.{entry.recipe}").RECIPE
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        with Progress(f"Building demo/{name}", recipe.steps) as progress:
            recipe.make(name, unfinished, progress.advance)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
