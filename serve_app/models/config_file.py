"""The config.json of a network, looked at before any library acts on it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serve_app.errors import ModelCannotLoad
from serve_app.models.json_file import table_in

MOST_LAYERS = 10_000
"""A number beyond this is no model, and building one would not end."""


def config_in(folder: Path, trusted: bool) -> Mapping[str, Any]:
    """The config, or `ModelCannotLoad` when it is none that should be acted on."""
    path = folder / "config.json"
    if not path.is_file():
        raise ModelCannotLoad(f"the folder {folder} holds no config.json: name the folder that save_pretrained wrote")
    config = table_in(path)
    parts = (config, *(value for value in config.values() if isinstance(value, dict)))
    for name, value in (setting for part in parts for setting in part.items()):
        if name.endswith(("layers", "n_layer")) and isinstance(value, int | float) and not value <= MOST_LAYERS:
            raise ModelCannotLoad(f"{path} asks for {value} {name}, and no model has that many: fetch it again")
        if name.endswith("_implementation") and "/" in str(value) and not trusted:
            raise ModelCannotLoad(
                f"{path} wants to run code of another repository ({name}): read it, and if you trust it set "
                "hf_model_kwargs.trust_remote_code to true"
            )
    return config
