"""Files on their way into the cache: several at once, resumed where they broke off, and checked before they count."""

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import NamedTuple

from serve_app.errors import ModelCannotLoad
from serve_app.models.cache import Repository
from serve_app.models.digests import matches
from serve_app.models.hub import Hub
from serve_app.models.listing import File

FILES_AT_ONCE = 4
TRIES = 2

Watch = Callable[[str, int, int], None]
"""Told of a transfer: which file of which model, how many bytes are here, and of how many."""


class Care(NamedTuple):
    """How a model is fetched: serving trusts what was checked before, `serve-app download` looks at every byte."""

    thorough: bool = False
    watch: Watch = lambda name, done, total: None
    pool: Executor | None = None
    """Where files are fetched, when several models share one."""


QUICK = Care()


class Transfer:
    """From one repository of a hub into its place in the cache."""

    def __init__(self, model_id: str, hub: Hub, repository: Repository, care: Care) -> None:
        self._id = model_id
        self._hub = hub
        self._repository = repository
        self._care = care

    def fetch(self, commit: str, files: Sequence[File]) -> None:
        """All of these files, or the first fault after the others are here."""
        self._require_room(files)
        if self._care.pool:
            self._fetch_in(self._care.pool, commit, files)
        else:
            with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
                self._fetch_in(pool, commit, files)

    def _require_room(self, files: Sequence[File]) -> None:
        folder = self._repository.folder
        folder.mkdir(parents=True, exist_ok=True)
        needed, free = sum(self._rest(file) for file in files), shutil.disk_usage(folder).free
        if needed > free:
            raise ModelCannotLoad(
                f"{self._id} takes {needed / 1e6:.1f} MB more and {folder} has {free / 1e6:.1f} MB left: make room, "
                "or set HF_HOME to a larger disk"
            )

    def _rest(self, file: File) -> int:
        """The bytes that are not here: another commit may hold the same file, an earlier try may have begun it."""
        places = (self._repository.blob(file), self._repository.partial(file))
        return max(0, file.size - sum(place.stat().st_size for place in places if place.exists()))

    def _fetch_in(self, pool: Executor, commit: str, files: Sequence[File]) -> None:
        running = [pool.submit(self._fetch_one, commit, file) for file in files]
        faults = [fault for future in running if (fault := future.exception())]
        if faults:
            raise faults[0]

    def _fetch_one(self, commit: str, file: File) -> None:
        blob = self._repository.blob(file)
        blob.parent.mkdir(parents=True, exist_ok=True)
        if blob.exists() and not matches(blob, file.digest):
            blob.unlink()
        for _ in range(TRIES):
            if blob.exists() or self._received(commit, file):
                self._repository.link(commit, file)
                self._tell(file, file.size)
                return
        raise ModelCannotLoad(
            f"{file.path} of {self._id} arrived {TRIES} times with another content than {self._hub.address} itself "
            f"says ({file.digest[:12]}…) and was thrown away: try again later, or set HF_ENDPOINT to a mirror"
        )

    def _received(self, commit: str, file: File) -> bool:
        """Whether what arrived is what was meant; what is not never becomes a blob."""
        partial = self._repository.partial(file)
        partial.touch()
        self._hub.receive(commit, file, partial, lambda done: self._tell(file, done))
        if not matches(partial, file.digest):
            partial.unlink()
            return False
        partial.rename(self._repository.blob(file))
        return True

    def _tell(self, file: File, done: int) -> None:
        self._care.watch(f"{self._id}/{file.path}", done, file.size)
