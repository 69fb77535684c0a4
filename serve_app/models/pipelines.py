"""The folder of a pipeline of diffusers: an index, and below it a folder for each part."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from serve_app.errors import ModelCannotLoad
from serve_app.models.config_file import config_in
from serve_app.models.json_file import table_in
from serve_app.models.weights import weights_in

INDEX = "model_index.json"
DTYPE = "float32"
"""What diffusers makes of weights where nobody says otherwise, however they are stored."""
_STEMS = {"diffusers": "diffusion_pytorch_model"}
"""How the files of weights are called, by the library of a part."""


class Pipeline(NamedTuple):
    """A pipeline that is complete."""

    config: Mapping[str, Any]
    weights: tuple[Path, ...]


def require_kind(folder: Path, kwargs: Mapping[str, Any], library: str) -> None:
    """Refuse a network where a task wants a pipeline, and the other way round."""
    inner = folder / str(kwargs.get("subfolder") or "")
    if (library == "diffusers") == (inner / INDEX).is_file():
        return
    found, wanted = (
        ("a pipeline of diffusers", "none") if (inner / INDEX).is_file() else ("no pipeline", f"one, with its {INDEX}")
    )
    raise ModelCannotLoad(f"{inner} is {found}, and the task takes {wanted}: correct hf_task or hf_model_name")


def components_in(folder: Path, kwargs: Mapping[str, Any]) -> Pipeline:
    """Every part with its weights, or `ModelCannotLoad` with what is missing or wrong."""
    if kwargs.get("use_safetensors") is False:
        raise ModelCannotLoad(f"{folder} is a pipeline, and its parts are read as safetensors only")
    index = table_in(folder / INDEX)
    if not isinstance(index.get("_class_name"), str) and not kwargs.get("trust_remote_code"):
        raise _wants_code(folder, "its pipeline")
    weights: list[Path] = []
    for name, library in _parts(index):
        part = folder / name
        if not part.is_dir():
            raise ModelCannotLoad(f"{folder} lacks its part {name}: fetch the model again")
        if (part / f"{library}.py").is_file() and not kwargs.get("trust_remote_code"):
            raise _wants_code(folder, f"its part {name}")
        # Tokenizers, schedulers and the like have configs of other names, and nothing to learn.
        if (part / "config.json").is_file():
            config_in(part, bool(kwargs.get("trust_remote_code")))
            weights += weights_in(part, kwargs, _STEMS.get(library, "model"))
    if not weights:
        raise ModelCannotLoad(f"{folder / INDEX} names no part that has weights: fetch the model again")
    return Pipeline({"dtype": DTYPE, **index}, tuple(weights))


def _parts(index: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in index.items():
        match value:
            case [str(library), str()] if not name.startswith("_"):
                if Path(name).name != name or Path(library).name != library:
                    raise ModelCannotLoad(f"{INDEX} names a part outside its own folder: do not use this model")
                yield name, library


def _wants_code(folder: Path, what: str) -> ModelCannotLoad:
    return ModelCannotLoad(
        f"{folder} wants to run code of its own ({what}): read it, and if you trust it set "
        "hf_model_kwargs.trust_remote_code to true"
    )
