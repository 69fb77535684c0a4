"""What a path under `/v2/models/` asks for: which model, and what of it."""

from typing import NamedTuple

from serve_app.errors import NotFound
from serve_app.ingress.dialects.open_inference.reply import VERSION
from serve_app.ingress.directory import MODELS, Directory
from serve_app.ingress.entry import Entry
from serve_app.refusals import brief

ROOT = "/v2"
OF_MODELS = f"{ROOT}{MODELS}"
OF_SERVER = (ROOT, f"{ROOT}/health/live", f"{ROOT}/health/ready")
INFER, READY, METADATA = "infer", "ready", ""
_VERSIONS = "/versions/"


class Asked(NamedTuple):
    """A model, and what is wanted of it."""

    entry: Entry
    verb: str


def is_protocol(path: str) -> bool:
    return path.startswith(OF_MODELS) or path.rstrip("/") in OF_SERVER


def asked_at(path: str, directory: Directory) -> Asked:
    """Or `NotFound`. A name may hold slashes and even these words: the longest that is a model's is the name."""
    name = path.removeprefix(OF_MODELS).rstrip("/")
    if (entry := directory.at(MODELS + name)) is not None:
        return Asked(entry, METADATA)
    before, _, verb = name.rpartition("/")
    if verb not in (INFER, READY):
        before, verb = name, METADATA
    entry = directory.at(MODELS + before)
    if entry is None:
        named, _, version = before.rpartition(_VERSIONS)
        entry = directory.find(named or before)
        if version != VERSION:
            raise NotFound(f'model "{entry.name}" has no version "{brief(version)}"; there is {VERSION}')
    return Asked(entry, verb)
