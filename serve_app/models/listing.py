"""What a repository holds at one commit: every file with its size and its digest."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from serve_app.errors import ModelCannotLoad
from serve_app.models.digests import is_digest

COMMIT = re.compile(r"[0-9a-f]{40}")


class File(NamedTuple):
    """One file of a repository."""

    path: str
    size: int
    digest: str


class Listing(NamedTuple):
    """A repository's files at a commit."""

    commit: str
    files: tuple[File, ...]


def checked(model_id: str, listing: Listing) -> Listing:
    """The listing, unless it names a place outside its own folder: a hub's word becomes a path on this machine."""
    bad = next((file.path for file in listing.files if not _sound(file)), None)
    if not COMMIT.fullmatch(listing.commit):
        bad = f"the commit {listing.commit!r}"
    if bad is not None:
        raise ModelCannotLoad(f"the hub's list of {model_id} cannot be trusted ({bad[:200]}): use another hub")
    return listing


def _sound(file: File) -> bool:
    path = PurePosixPath(file.path)
    inside = bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in file.path
    return inside and file.size >= 0 and is_digest(file.digest)


def as_json(listing: Listing) -> dict[str, Any]:
    """The form in which huggingface_hub keeps a listing, so that either finds what the other fetched."""
    files = {file.path: _entry(file) for file in sorted(listing.files)}
    return {"format_version": 1, "files": files}


def from_json(commit: str, data: Any) -> Listing | None:
    """The listing that was kept, or None when it is of another form."""
    if not isinstance(data, Mapping) or data.get("format_version") != 1:
        return None
    try:
        files = tuple(
            File(path, entry["size"], entry.get("lfs_sha256") or entry["blob_id"])
            for path, entry in data["files"].items()
        )
    except (AttributeError, KeyError, TypeError):
        return None
    return Listing(commit, files) if all(_sound(file) for file in files) else None


def _entry(file: File) -> dict[str, Any]:
    if len(file.digest) == 64:
        # The digest of the pointer that git holds in the file's place is not needed by anybody who reads a cache.
        return {"size": file.size, "blob_id": file.digest, "lfs_sha256": file.digest, "lfs_size": file.size}
    return {"size": file.size, "blob_id": file.digest}
