"""Downloads from a hub: only the files that serving needs, and every failure in words."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serve_app.errors import ModelCannotLoad

TEXTS = ("*.json", "*.txt", "*.model", "*.jinja", "tokenizer*", "vocab*", "merges*", "*.tiktoken")
CODE = ("*.py",)
WEIGHTS = ("model*.safetensors",)
PICKLES = ("pytorch_model*.bin",)
# Other runtimes' copies, and variants such as model.fp16.safetensors, which nobody asked for.
NEVER = ("onnx/*", "openvino/*", "coreml/*", "tf_model*", "flax_model*", "*.tflite", "*.ot", "model.*.safetensors")
PASSED_ON = ("cache_dir", "token", "force_download", "local_files_only")


def download(model_id: str, revision: str, kwargs: Mapping[str, Any]) -> Path:
    """The snapshot's folder, whose name is the commit; what is already here is not fetched again."""
    weights = PICKLES if kwargs.get("use_safetensors") is False else _weights(kwargs.get("variant"))
    code = CODE if kwargs.get("trust_remote_code") else ()
    subfolder = str(kwargs.get("subfolder") or "").strip("/")
    wanted = [f"{subfolder}/{name}" if subfolder else name for name in weights]
    folder = _snapshot(model_id, revision, [*TEXTS, *code, *wanted], kwargs)
    if not any(next(folder.glob(name), None) for name in wanted):
        pickles = " instead of pickles, which can run code" if weights is not PICKLES else ""
        raise ModelCannotLoad(
            f"{model_id} at {revision} has no {weights[0]}{pickles}: choose a revision that has, "
            "or set hf_model_kwargs.use_safetensors to false if you trust its author with this machine"
        )
    return folder


def _weights(variant: str | None) -> tuple[str, ...]:
    return (f"model*.{variant}*safetensors",) if variant else WEIGHTS


def _snapshot(model_id: str, revision: str, patterns: list[str], kwargs: Mapping[str, Any]) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 (only models of a hub need it)

    options = {name: kwargs[name] for name in PASSED_ON if name in kwargs}
    never = [name for name in NEVER if not (kwargs.get("variant") and name.endswith(".safetensors"))]
    try:
        folder = snapshot_download(
            model_id,
            revision=revision,
            endpoint=os.environ.get("HF_ENDPOINT") or None,
            allow_patterns=patterns,
            ignore_patterns=never,
            **options,
        )
    except Exception as error:
        raise ModelCannotLoad(_reason(error, model_id, revision)) from error
    return Path(folder)


def _reason(error: Exception, model_id: str, revision: str) -> str:
    """The hub's many errors in one sentence each; the order goes from the special to the general."""
    from huggingface_hub import errors  # noqa: PLC0415

    hub = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    unreachable = (
        f"{model_id} is not on this machine and the hub {hub} cannot be reached: set HF_ENDPOINT to a mirror, "
        "put the model's files in a folder and name that, or use one of demo/*"
    )
    table: tuple[tuple[type[Exception], str], ...] = (
        (errors.GatedRepoError, f"{model_id} is gated: accept its terms on {hub} and set HF_TOKEN"),
        (
            errors.RepositoryNotFoundError,
            f"{hub} has no model {model_id} that this token may see: correct hf_model_name, or set HF_TOKEN",
        ),
        (errors.RevisionNotFoundError, f"{model_id} has no revision {revision}: correct hf_model_kwargs.revision"),
        (errors.HFValidationError, f"{model_id} is neither a folder here nor a model id like owner/name"),
        (errors.OfflineModeIsEnabled, f"{model_id} is not on this machine and HF_HUB_OFFLINE forbids to fetch it"),
        (errors.LocalEntryNotFoundError, unreachable),
        (errors.HfHubHTTPError, f"the hub {hub} did not hand out {model_id}: {_first_line(error)}"),
        (OSError, f"{model_id} cannot be stored: {_first_line(error)}; make room or set HF_HOME to a larger disk"),
    )
    other = f"{model_id} could not be fetched from {hub}: {_first_line(error)}"
    return next((words for kind, words in table if isinstance(error, kind)), other)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
