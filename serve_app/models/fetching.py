"""From a source to a folder on this machine: demo models are built, hub models downloaded, and all are looked at."""

from pathlib import Path
from typing import NamedTuple

from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.models.adapters import fetch_adapters
from serve_app.models.contents import look
from serve_app.models.permissions import require_plain
from serve_app.models.sources import Source, locate
from serve_app.models.transfer import QUICK, Care


class Fetched(NamedTuple):
    """A folder that holds the model, and exactly which version of it."""

    folder: Path
    revision: str


def fetch(model: Model, care: Care = QUICK) -> Fetched:
    """The model's files and its adapters' on this machine, or `ModelCannotLoad` with the reason and the way out."""
    require_plain(model.hf_model_kwargs)
    source = locate(model)
    fetched = FETCHERS[source.kind](source, model, care)
    look(fetched.folder, model.hf_model_kwargs)
    fetch_adapters(model, care)
    return fetched


def _folder(source: Source, model: Model, care: Care) -> Fetched:
    folder = Path(source.name)
    if not folder.is_dir():
        raise ModelCannotLoad(f"there is no folder {folder}: correct hf_model_name, or put the model's files there")
    return Fetched(folder, "folder")


def _demo(source: Source, model: Model, care: Care) -> Fetched:
    from serve_app import demo  # noqa: PLC0415 (a served folder needs no recipes)

    folder = demo.build(source.name)
    return Fetched(folder, folder.name)


def _hub(source: Source, model: Model, care: Care) -> Fetched:
    from serve_app.models.downloading import download  # noqa: PLC0415

    folder = download(source.name, source.revision, model.hf_model_kwargs, care)
    return Fetched(folder, folder.name)


FETCHERS = {"folder": _folder, "demo": _demo, "hub": _hub}
