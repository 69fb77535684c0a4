"""From a source to a folder on this machine: demo models are built, hub models downloaded."""

from pathlib import Path
from typing import NamedTuple

from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.models.hub import download
from serve_app.models.sources import Source, locate


class Fetched(NamedTuple):
    """A folder that holds the model, and exactly which version of it."""

    folder: Path
    revision: str


def fetch(model: Model) -> Fetched:
    """The model's files on this machine, or `ModelCannotLoad` with the reason and the way out."""
    source = locate(model)
    return FETCHERS[source.kind](source, model)


def _folder(source: Source, model: Model) -> Fetched:
    folder = Path(source.name)
    if not folder.is_dir():
        raise ModelCannotLoad(f"there is no folder {folder}: correct hf_model_name, or put the model's files there")
    inner = folder / str(model.hf_model_kwargs.get("subfolder") or "")
    if not (inner / "config.json").is_file():
        raise ModelCannotLoad(f"the folder {inner} holds no config.json: name the folder that save_pretrained wrote")
    return Fetched(folder, "folder")


def _demo(source: Source, model: Model) -> Fetched:
    from serve_app import demo  # noqa: PLC0415 (a served folder needs no recipes)

    folder = demo.build(source.name)
    return Fetched(folder, folder.name)


def _hub(source: Source, model: Model) -> Fetched:
    folder = download(source.name, source.revision, model.hf_model_kwargs)
    return Fetched(folder, folder.name)


FETCHERS = {"folder": _folder, "demo": _demo, "hub": _hub}
