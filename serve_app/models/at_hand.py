"""Where a model's files are on this machine, without asking for them."""

from pathlib import Path

from serve_app.config.schema import Model
from serve_app.models.cache import Repository
from serve_app.models.sources import locate


def at_hand(model: Model) -> Path | None:
    """The folder of a model, or its snapshot in the cache; None for what would have to be fetched or made."""
    source = locate(model)
    folder = Path(source.name).expanduser() if source.kind == "folder" else None
    if source.kind == "hub":
        repository = Repository(source.name, model.hf_model_kwargs.get("cache_dir"))
        commit = repository.commit_of(source.revision)
        folder = repository.snapshot(commit) if commit else None
    return folder if folder and folder.is_dir() else None
