"""One model of the tests' own hub, fetched and compared."""

from pathlib import Path
from typing import Any

from serve_app.models.downloading import download
from serve_app.models.transfer import Care

WEIGHTS = "org/tiny/model.safetensors"
THOROUGH = Care(thorough=True)


def fetched(cache: Path, revision: str = "main", care: Care = Care(), **kwargs: Any) -> Path:  # noqa: B008
    """The snapshot of the model in this cache."""
    return download("org/tiny", revision, {"cache_dir": str(cache), **kwargs}, care)


def same(folder: Path, published: Path) -> bool:
    """Whether what is here is, byte for byte, what the hub has."""
    names = [path.name for path in folder.iterdir() if path.is_file()]
    assert "model.safetensors" in names
    return all((folder / name).read_bytes() == (published / name).read_bytes() for name in names)


def blobs(cache: Path) -> set[str]:
    return {path.name for path in cache.glob("models--org--tiny/blobs/*")}
