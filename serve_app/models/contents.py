"""What a model's folder must hold before anything of it is opened: a config, whole weights, a tokenizer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from serve_app.errors import ModelCannotLoad
from serve_app.models.config_file import config_in
from serve_app.models.pipelines import INDEX, components_in
from serve_app.models.safetensors_file import Tensor, tensors
from serve_app.models.weights import weights_in

TOKENIZERS = ("vocab", "spiece", "sentencepiece", "merges")
PREPROCESSORS = ("preprocessor_config.json", "processor_config.json")


class Contents(NamedTuple):
    """A folder that was looked at."""

    config: Mapping[str, Any]
    weights: tuple[Path, ...]
    tensors: tuple[Tensor, ...]
    """What the headers of safetensors say; nothing of pickles, which are not opened."""


def look(folder: Path, kwargs: Mapping[str, Any]) -> Contents:
    """The contents of a complete folder, or `ModelCannotLoad` with what is missing or wrong."""
    inner = folder / str(kwargs.get("subfolder") or "")
    if (inner / INDEX).is_file():
        pipeline = components_in(inner, kwargs)
        return _of(pipeline.config, pipeline.weights)
    config = config_in(inner, bool(kwargs.get("trust_remote_code")))
    weights = weights_in(inner, kwargs)
    if not (has_tokenizer(inner) or has_preprocessor(inner)):
        raise ModelCannotLoad(f"{inner} holds no tokenizer: save it there with tokenizer.save_pretrained")
    return _of(config, weights)


def _of(config: Mapping[str, Any], weights: tuple[Path, ...]) -> Contents:
    safe = [path for path in weights if path.suffix == ".safetensors"]
    return Contents(config, weights, tuple(tensor for path in safe for tensor in tensors(path)))


def has_tokenizer(folder: Path) -> bool:
    """Told by the names of its files, which every family has its own of."""
    names = {path.name for path in folder.iterdir() if path.is_file()}
    return any("token" in name or name.startswith(TOKENIZERS) for name in names)


def has_preprocessor(folder: Path) -> bool:
    """What makes numbers of images and sounds."""
    return any((folder / name).is_file() for name in PREPROCESSORS)
