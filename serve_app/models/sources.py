"""Where a model's weights come from, told from its name alone and without touching the network."""

from pathlib import Path
from typing import Literal, NamedTuple

from serve_app.config.schema import Model

DEMO = "demo/"


class Source(NamedTuple):
    """A folder's path, a demo model's name or a hub's model id, and which revision of it."""

    kind: Literal["folder", "demo", "hub"]
    name: str
    revision: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" + (f" at {self.revision}" if self.revision else "")


def locate(model: Model) -> Source:
    """demo/NAME is a demo, what starts like a path or exists is a folder, and the rest is on the hub."""
    name = model.hf_model_name
    if name.startswith(DEMO):
        return Source("demo", name.removeprefix(DEMO))
    folder = Path(name).expanduser()
    if name.startswith((".", "/", "~")) or folder.is_dir():
        return Source("folder", str(folder))
    return Source("hub", name, str(model.hf_model_kwargs.get("revision") or "main"))
