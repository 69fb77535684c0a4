"""What the files of sentence-transformers beside a model's weights say about making a vector or a score of texts."""

import json
from pathlib import Path
from typing import Any

from serve_app.errors import ModelCannotLoad

POOLINGS = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_lasttoken": "last",
    "pooling_mode_max_tokens": "max",
}
WORDS = {"mean": "mean", "cls": "cls", "lasttoken": "last", "max": "max"}


def read(folder: Path) -> dict[str, Any]:
    """Pooling, normalize, prompts and the longest input, as far as the folder tells; empty for any other model."""
    modules = _json(folder / "modules.json", [])
    settings: dict[str, Any] = {}
    for module in modules:
        kind = str(module.get("type", "")).rpartition(".")[2]
        if kind == "Pooling":
            settings["pooling"] = _pooling(_json(folder / module.get("path", "1_Pooling") / "config.json", {}), folder)
        elif kind == "Normalize":
            settings["normalize"] = True
        elif kind != "Transformer":
            raise ModelCannotLoad(
                f"{folder} asks for a sentence-transformers module {kind}, which would change every vector and is "
                "not supported: choose a model of Transformer, Pooling and Normalize only"
            )
    texts = _json(folder / "config_sentence_transformers.json", {})
    encoder = _json(folder / "sentence_bert_config.json", {})
    given = {
        "prompts": texts.get("prompts"),
        "default_prompt_name": texts.get("default_prompt_name"),
        "max_seq_length": encoder.get("max_seq_length"),
        "do_lower_case": encoder.get("do_lower_case"),
        "activation_fn": texts.get("activation_fn"),
    }
    return {**settings, **{name: value for name, value in given.items() if value}}


def _pooling(config: dict[str, Any], folder: Path) -> str:
    mode = config.get("pooling_mode")
    named = [WORDS.get(mode, "")] if isinstance(mode, str) else []
    chosen = named or [POOLINGS.get(name, "") for name, on in config.items() if name.startswith("pooling_mode") and on]
    if len(chosen) != 1 or not chosen[0]:
        raise ModelCannotLoad(
            f"{folder} pools in a way that is not supported (its Pooling config.json): "
            f"one of {', '.join(WORDS)} is, mixtures and others are not"
        )
    return chosen[0]


def _json(path: Path, default: Any) -> Any:
    if not path.is_file():
        return default
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelCannotLoad(f"{path} is not JSON ({error}): fetch the model again") from error
