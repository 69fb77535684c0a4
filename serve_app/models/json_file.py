"""A file of settings, which a stranger may have written."""

import json
from pathlib import Path
from typing import Any

from serve_app.errors import ModelCannotLoad

LARGEST_JSON = 100_000_000


def table_in(path: Path) -> dict[str, Any]:
    """The settings by name, or `ModelCannotLoad` when there are none."""
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise ValueError("it is larger than any of its kind")
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        told = error if isinstance(error, ValueError) else "too deeply nested"
        raise ModelCannotLoad(f"{path} is not JSON ({told}): fetch the model again") from error
    if not isinstance(found, dict):
        raise ModelCannotLoad(f"{path} is not a table of settings: fetch the model again")
    return found
