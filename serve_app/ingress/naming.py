"""Which model a body names, on the paths that belong to no model alone."""

from typing import Any

from serve_app.errors import InvalidInput, NotFound
from serve_app.ingress.directory import Directory
from serve_app.ingress.entry import Entry

FIELD = "model"


def entry_named(directory: Directory, wanted: Any) -> Entry:
    """By the entry's name, by the model's name on the hub, or by either with `:adapter` behind it."""
    if wanted is None:
        raise InvalidInput(f"`{FIELD}` is missing", FIELD)
    if not isinstance(wanted, str):
        raise InvalidInput(f"`{FIELD}` must be a string", FIELD)
    entries = directory.entries()
    for name in (wanted, wanted.rpartition(":")[0]):
        for entry in entries:
            if name == entry.name:
                return entry
        for entry in entries:
            if name == entry.model.hf_model_name:
                return entry
    try:
        return directory.find(wanted)
    except NotFound as error:
        raise NotFound(error.message, FIELD) from None
