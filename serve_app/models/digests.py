"""A file's fingerprint, as git or Git LFS makes it; a hub names every file by one of the two."""

import hashlib
import re
from pathlib import Path

CHUNK = 2**20
SHA256 = re.compile(r"[0-9a-f]{64}")
GIT = re.compile(r"[0-9a-f]{40}")


def is_digest(text: str) -> bool:
    """Whether this is the name of some content; a cache names its files so."""
    return bool(SHA256.fullmatch(text) or GIT.fullmatch(text))


def matches(path: Path, digest: str) -> bool:
    """Whether the file holds what its digest says."""
    return digest_of(path, like=digest) == digest


def digest_of(path: Path, like: str) -> str:
    """64 digits are the SHA-256 of the content, 40 are git's SHA-1, which counts the length as well."""
    sha = hashlib.sha256() if SHA256.fullmatch(like) else hashlib.sha1(f"blob {path.stat().st_size}\0".encode())
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            sha.update(chunk)
    return sha.hexdigest()
