"""What a model's folder must hold before anything of it is opened: a config, whole weights, a tokenizer."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from serve_app.errors import ModelCannotLoad
from serve_app.models.safetensors_file import Tensor, tensors

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack")
TOKENIZERS = ("vocab", "spiece", "sentencepiece", "merges")
LARGEST_JSON = 100_000_000
MOST_LAYERS = 10_000
"""A number beyond this is no model, and building one would not end."""


class Contents(NamedTuple):
    """A folder that was looked at."""

    config: Mapping[str, Any]
    weights: tuple[Path, ...]
    tensors: tuple[Tensor, ...]
    """What the headers of safetensors say; nothing of pickles, which are not opened."""


def look(folder: Path, kwargs: Mapping[str, Any]) -> Contents:
    """The contents of a complete folder, or `ModelCannotLoad` with what is missing or wrong."""
    inner = folder / str(kwargs.get("subfolder") or "")
    config = _config(inner, bool(kwargs.get("trust_remote_code")))
    weights = _weights(inner, kwargs)
    if not has_tokenizer(inner):
        raise ModelCannotLoad(f"{inner} holds no tokenizer: save it there with tokenizer.save_pretrained")
    safe = [path for path in weights if path.suffix == ".safetensors"]
    return Contents(config, weights, tuple(tensor for path in safe for tensor in tensors(path)))


def has_tokenizer(folder: Path) -> bool:
    """Told by the names of its files, which every family has its own of."""
    names = {path.name for path in folder.iterdir() if path.is_file()}
    return any("token" in name or name.startswith(TOKENIZERS) for name in names)


def _config(folder: Path, trusted: bool) -> Mapping[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        raise ModelCannotLoad(f"the folder {folder} holds no config.json: name the folder that save_pretrained wrote")
    config = _json(path)
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


def _weights(folder: Path, kwargs: Mapping[str, Any]) -> tuple[Path, ...]:
    """The single file, or all the files that an index names."""
    pickled, variant = kwargs.get("use_safetensors") is False, kwargs.get("variant")
    stem, suffix = ("pytorch_model", "bin") if pickled else ("model", "safetensors")
    single = folder / (f"{stem}.{variant}.{suffix}" if variant else f"{stem}.{suffix}")
    index = folder / (f"{stem}.{suffix}.index.{variant}.json" if variant else f"{stem}.{suffix}.index.json")
    if single.is_file():
        return (single,)
    if index.is_file():
        return _shards(index, f".{suffix}")
    others = sorted(path.name for path in folder.iterdir() if path.name.endswith(PICKLES))
    if others and not pickled:
        raise ModelCannotLoad(
            f"{folder} has its weights only as {', '.join(others)}, which can run code when opened: save them as "
            "safetensors, or set hf_model_kwargs.use_safetensors to false if you trust their author"
        )
    raise ModelCannotLoad(f"{folder} holds no {single.name}: save the model there with save_pretrained")


def _shards(index: Path, suffix: str) -> tuple[Path, ...]:
    names = _json(index).get("weight_map")
    if not isinstance(names, dict) or not names or not all(isinstance(name, str) for name in names.values()):
        raise ModelCannotLoad(f"{index} names no files of weights: fetch the model again")
    for name in names.values():
        if Path(name).name != name or "\\" in name:
            raise ModelCannotLoad(f"{index} names a file outside its own folder: do not use this model")
        # An index of safetensors that lists a pickle would have it opened.
        if Path(name).suffix != suffix:
            raise ModelCannotLoad(f"{index} names a file that does not end in {suffix}: do not use this model")
    files = tuple(index.parent / name for name in sorted(set(names.values())))
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        raise ModelCannotLoad(f"{index.parent} lacks {', '.join(missing)} of its weights: fetch the model again")
    return files


def _json(path: Path) -> dict[str, Any]:
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
