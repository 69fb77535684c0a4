"""What a model's processor needs beyond what is at hand here, told from its files."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from serve_app.errors import ModelCannotLoad
from serve_app.models.json_file import table_in

_VIDEOS = "video_preprocessor_config.json"
_PROCESSOR = "processor_config.json"


def lack_of(folder: Path, kwargs: Mapping[str, Any]) -> str:
    """Why the processor in this folder cannot be loaded; empty where nothing is known against it."""
    inner = folder / str(kwargs.get("subfolder") or "")
    if find_spec("torchvision") is not None or not _reads_videos(inner):
        return ""
    return (
        f"the processor in {inner} reads videos too, and for that it needs torchvision, which is not installed here: "
        "choose a model that reads text and images only, such as LLaVA, Idefics3 or PaliGemma"
    )


def _reads_videos(folder: Path) -> bool:
    if (folder / _VIDEOS).is_file():
        return True
    try:
        return "video_processor" in table_in(folder / _PROCESSOR)
    except (ModelCannotLoad, OSError):
        return False
