"""One repository in the cache on this machine, in the layout of huggingface_hub, which finds everything kept here."""

import contextlib
import json
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from serve_app.models.listing import COMMIT, File, Listing, as_json, from_json

logger = logging.getLogger(__name__)


class Repository:
    """`blobs` hold contents by digest, `snapshots/COMMIT` the files as links to them, `refs` what a branch is now."""

    def __init__(self, model_id: str, cache_dir: str | Path | None = None) -> None:
        self._root = cache_root(cache_dir)
        self._name = "--".join(("models", *model_id.split("/")))
        self.folder = self._root / self._name

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Held by the one process of this machine that fetches; who waited finds the files afterwards."""
        path = self._root / ".locks" / self._name / "serve-app.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            logger.warning("another process is fetching %s: waiting for it", self._name)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def snapshot(self, commit: str) -> Path:
        return self.folder / "snapshots" / commit

    def blob(self, file: File) -> Path:
        return self.folder / "blobs" / file.digest

    def partial(self, file: File) -> Path:
        """What has arrived so far; it outlives a broken transfer, unlike huggingface_hub's own."""
        return self.folder / "blobs" / f"{file.digest}.serve-app.incomplete"

    def commit_of(self, revision: str) -> str | None:
        """What a branch or tag was when it was last asked for."""
        if COMMIT.fullmatch(revision):
            return revision
        with contextlib.suppress(OSError):
            commit = (self.folder / "refs" / revision).read_text().strip()
            return commit if COMMIT.fullmatch(commit) else None
        return None

    def keep_commit(self, revision: str, commit: str) -> None:
        if self.commit_of(revision) != commit:
            _write(self.folder / "refs" / revision, commit)

    def listing(self, commit: str) -> Listing | None:
        try:
            return from_json(commit, json.loads(self._listing(commit).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return None

    def keep_listing(self, listing: Listing) -> None:
        if self.listing(listing.commit) is None:
            _write(self._listing(listing.commit), json.dumps(as_json(listing), indent=1))

    def link(self, commit: str, file: File) -> None:
        """Show the blob under its own name; where the disk knows no links the file itself stands there."""
        place = self.snapshot(commit) / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        blob = self.blob(file)
        try:
            place.symlink_to(os.path.relpath(blob, place.parent))
        except FileExistsError:
            place.unlink()
            self.link(commit, file)
        except OSError:
            os.replace(blob, place)

    def discard(self, commit: str, file: File) -> None:
        """Forget a file whose content is wrong."""
        for path in (self.snapshot(commit) / file.path, self.blob(file), self.partial(file)):
            path.unlink(missing_ok=True)

    def _listing(self, commit: str) -> Path:
        return self.folder / "trees" / f"{commit}.json"


def cache_root(cache_dir: Any = None) -> Path:
    """The cache asked for, or the one that HF_HUB_CACHE or HF_HOME names."""
    from huggingface_hub import constants  # noqa: PLC0415 (only models of a hub need it)

    return Path(cache_dir or constants.HF_HUB_CACHE).expanduser().absolute()


def _write(path: Path, text: str) -> None:
    """All or nothing: another process may read at any time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".tmp", delete=False) as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
