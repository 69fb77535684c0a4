"""The files that hold a network's weights: the single one, or all those that an index names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serve_app.errors import ModelCannotLoad
from serve_app.models.json_file import table_in

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack")


def weights_in(folder: Path, kwargs: Mapping[str, Any], safe_stem: str = "model") -> tuple[Path, ...]:
    """All of them, or `ModelCannotLoad` with what is missing; `safe_stem` is how files of safetensors are called."""
    pickled, variant = kwargs.get("use_safetensors") is False, kwargs.get("variant")
    stem, suffix = ("pytorch_model", "bin") if pickled else (safe_stem, "safetensors")
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
    names = table_in(index).get("weight_map")
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
