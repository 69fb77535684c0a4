"""Adapters: small weights on top of a model's own, from a folder or from the hub, never from a pickle."""

from collections.abc import Mapping
from pathlib import Path

from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.models.downloading import download
from serve_app.models.transfer import QUICK, Care

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
HUB_KEYS = ("cache_dir", "token", "local_files_only", "force_download")


def fetch_adapters(model: Model, care: Care = QUICK) -> Mapping[str, Path]:
    """The folder of every adapter of an entry, by the name that callers use."""
    return {name: _folder(name, source, model, care) for name, source in model.adapters.items()}


def _folder(name: str, source: str, model: Model, care: Care) -> Path:
    path = Path(source).expanduser()
    if source.startswith((".", "/", "~")) or path.is_dir():
        return _complete(path, name)
    model_id, _, revision = source.partition("@")
    kwargs = {key: model.hf_model_kwargs[key] for key in HUB_KEYS if key in model.hf_model_kwargs}
    return _complete(download(model_id, revision or "main", {**kwargs, "adapter": True}, care), name)


def _complete(folder: Path, name: str) -> Path:
    missing = [file for file in (CONFIG, WEIGHTS) if not (folder / file).is_file()]
    if missing:
        raise ModelCannotLoad(
            f"the adapter {name} has no {' and no '.join(missing)} in {folder}: save it with peft's save_pretrained, "
            "as safetensors"
        )
    return folder
