"""A hub's model on this machine: what is missing is fetched once for all its processes, what is here is checked."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serve_app.errors import ModelCannotLoad
from serve_app.models.cache import Repository
from serve_app.models.digests import is_digest, matches
from serve_app.models.hub import Hub
from serve_app.models.hub_errors import storage_reason
from serve_app.models.listing import File, Listing
from serve_app.models.transfer import QUICK, Care, Transfer
from serve_app.models.wanted import Wanted, wanted

FORBIDDEN = "the hub may not be asked (HF_HUB_OFFLINE or local_files_only)"
FETCH = "fetch it with `serve-app download` where there is a network"
logger = logging.getLogger(__name__)


def download(model_id: str, revision: str, kwargs: Mapping[str, Any], care: Care = QUICK) -> Path:
    """The snapshot's folder, whose name is the commit; what is already here is not fetched again."""
    return Download(model_id, revision, kwargs, care).folder()


class Download:
    """One model of a hub, at one revision, with the files that its entry asks for."""

    def __init__(self, model_id: str, revision: str, kwargs: Mapping[str, Any], care: Care) -> None:
        self._id = model_id
        self._revision = revision
        self._wanted = wanted(kwargs)
        self._force = bool(kwargs.get("force_download"))
        self._thorough = care.thorough
        self._hub = Hub(model_id, revision, kwargs)
        self._repository = Repository(model_id, kwargs.get("cache_dir"))
        self._transfer = Transfer(model_id, self._hub, self._repository, care)

    def folder(self) -> Path:
        if self._hub.offline:
            return self._as_kept(FORBIDDEN)
        try:
            listing = self._listed()
        except ModelCannotLoad as fault:
            if self._repository.commit_of(self._revision) is None:
                raise
            kept = self._as_kept(str(fault))
            logger.warning("using %s at %s as it is in the cache: %s", self._id, kept.name, fault)
            return kept
        self._require_weights(listing)
        self._complete(listing)
        return self._repository.snapshot(listing.commit)

    def _listed(self) -> Listing:
        """What the hub says; a commit never changes, so one that is here complete needs no word of the hub."""
        pinned = self._repository.listing(self._revision)
        return pinned if pinned and not self._missing(pinned) else self._hub.listing()

    def _as_kept(self, why: str) -> Path:
        """The snapshot in the cache, when nobody can be asked for what it lacks."""
        listing = self._kept(why)
        self._require_weights(listing)
        self._require_right(listing, self._thorough)
        return self._repository.snapshot(listing.commit)

    def _kept(self, why: str) -> Listing:
        """What the cache holds of the revision, all of it."""
        commit = self._repository.commit_of(self._revision)
        if commit is None or not self._repository.snapshot(commit).is_dir():
            raise ModelCannotLoad(
                f"{self._id} at {self._revision} is not in the cache {self._repository.folder.parent} and {why}: "
                f"{FETCH}, or correct HF_HOME"
            )
        # Who fetched it may have kept no list of its files; then what is there must do.
        listing = self._repository.listing(commit) or _as_found(commit, self._repository.snapshot(commit))
        missing = [file.path for file in self._missing(listing)]
        if not missing and not self._repository.listing(commit) and not self._has_weights(listing):
            missing = [self._wanted_of(listing).weights[0]]
        if missing:
            raise ModelCannotLoad(
                f"{self._id} at {self._revision} is only in part in the cache {self._repository.folder.parent}, "
                f"without {', '.join(missing)}, and {why}: {FETCH}"
            )
        return listing

    def _complete(self, listing: Listing) -> None:
        try:
            if self._thorough or self._force or self._missing(listing):
                self._fetch(listing)
            self._repository.keep_commit(self._revision, listing.commit)
        except OSError as error:
            raise ModelCannotLoad(storage_reason(error, self._id)) from error
        # Whatever was to be read whole was read before.
        self._require_right(listing, thorough=False)

    def _fetch(self, listing: Listing) -> None:
        with self._repository.locked():
            self._repository.keep_listing(listing)
            for file in self._files(listing):
                if self._force or (self._thorough and self._fault(listing.commit, file, thorough=True)):
                    self._repository.discard(listing.commit, file)
            self._transfer.fetch(listing.commit, self._missing(listing))

    def _require_weights(self, listing: Listing) -> None:
        if not self._has_weights(listing):
            patterns = self._wanted_of(listing)
            instead = "" if patterns.pickles else " instead of pickles, which can run code"
            raise ModelCannotLoad(
                f"{self._id} at {self._revision} has no {patterns.weights[0]}{instead}: choose a revision that "
                "has, or set hf_model_kwargs.use_safetensors to false if you trust its author with this machine"
            )

    def _require_right(self, listing: Listing, thorough: bool) -> None:
        faults = [fault for file in self._files(listing) if (fault := self._fault(listing.commit, file, thorough))]
        if faults:
            raise ModelCannotLoad(
                f"{self._id} is damaged in the cache {self._repository.folder.parent}: {'; '.join(faults)}: "
                "fetch it again with `serve-app download`"
            )

    def _fault(self, commit: str, file: File, thorough: bool) -> str:
        """What is wrong with a file that is here; its size tells in no time, its digest only after reading it all."""
        place = self._repository.snapshot(commit) / file.path
        if not place.exists():
            return ""
        size = place.stat().st_size
        if size != file.size:
            return f"{file.path} has {size} bytes instead of {file.size}"
        if thorough and file.digest and not matches(place, file.digest):
            return f"{file.path} has another content than its digest {file.digest[:12]}… says"
        return ""

    def _files(self, listing: Listing) -> list[File]:
        patterns = self._wanted_of(listing)
        return [file for file in listing.files if patterns.takes(file.path)]

    def _missing(self, listing: Listing) -> list[File]:
        folder = self._repository.snapshot(listing.commit)
        return [file for file in self._files(listing) if not (folder / file.path).exists()]

    def _has_weights(self, listing: Listing) -> bool:
        return self._wanted_of(listing).has_weights(file.path for file in listing.files)

    def _wanted_of(self, listing: Listing) -> Wanted:
        return self._wanted.among([file.path for file in listing.files])


def _as_found(commit: str, folder: Path) -> Listing:
    """The files of a snapshot; each is a link to a blob that has its digest for a name."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return Listing(
        commit,
        tuple(
            File(
                path.relative_to(folder).as_posix(),
                path.stat().st_size,
                name if is_digest(name := path.resolve().name) else "",
            )
            for path in files
        ),
    )
