"""What is known of a model whose files are here, without loading it."""

from typing import NamedTuple

from serve_app.config.schema import Model
from serve_app.models.contents import look
from serve_app.models.fetching import fetch
from serve_app.models.memory import Need, need
from serve_app.models.transfer import Care
from serve_app.models.wanted import wanted


class Survey(NamedTuple):
    """A model that is complete and right."""

    revision: str
    files: int
    bytes: int
    need: Need


def survey(model: Model, care: Care) -> Survey:
    """Fetch what is missing, check what is here, and tell what it amounts to; or `ModelCannotLoad`."""
    folder, revision = fetch(model, care)
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    patterns = wanted(model.hf_model_kwargs).among(files)
    sizes = [path.stat().st_size for name, path in files.items() if patterns.takes(name)]
    contents = look(folder, model.hf_model_kwargs)
    return Survey(revision, len(sizes), sum(sizes), need(contents, model.hf_model_kwargs))
