"""Which files of a repository serving needs; everything else stays where it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from serve_app.models.pipelines import INDEX

TOKENIZERS = ("tokenizer*", "vocab*", "merges*", "*.model", "*.spm", "*.tiktoken", "*.codes", "*.bpe")
TEXTS = ("*.json", "*.txt", "*.jinja", "README.md", *TOKENIZERS)
CODE = ("*.py",)
WEIGHTS = ("model*.safetensors",)
PICKLES = ("pytorch_model*.bin",)
# Other runtimes' copies, and variants such as model.fp16.safetensors, which nobody asked for.
NEVER = ("onnx/*", "openvino/*", "coreml/*", "tf_model*", "flax_model*", "*.tflite", "*.ot")
OTHER_VARIANTS = ("model.*.safetensors",)
# How files of weights begin in the parts of a pipeline.
_WORDS = ("model", "diffusion_pytorch_model")


@dataclass(frozen=True)
class Wanted:
    """Patterns of paths: the weights, what else is needed, and what never is."""

    weights: tuple[str, ...]
    others: tuple[str, ...]
    never: tuple[str, ...]
    pickles: bool

    def takes(self, path: str) -> bool:
        return _matches(path, (*self.weights, *self.others)) and not _matches(path, self.never)

    def among(self, paths: Iterable[str]) -> "Wanted":
        """The same for a repository with these files: each part of a pipeline of diffusers has a folder of its own."""
        if INDEX not in paths:
            return self
        return replace(self, weights=_of_parts(self.weights), never=(*self.never, *_of_parts(self.never)))

    def has_weights(self, paths: Iterable[str]) -> bool:
        return any(_matches(path, self.weights) and self.takes(path) for path in paths)


ADAPTER = Wanted(("adapter_model*.safetensors",), ("adapter_config.json", "README.md"), (), pickles=False)


def wanted(kwargs: Mapping[str, Any]) -> Wanted:
    """What an entry's hf_model_kwargs ask for. Code and pickles come only when the operator says so."""
    if kwargs.get("adapter"):
        return ADAPTER
    variant, pickles = kwargs.get("variant"), kwargs.get("use_safetensors") is False
    weights = PICKLES if pickles else (f"model*.{variant}*safetensors",) if variant else WEIGHTS
    subfolder = str(kwargs.get("subfolder") or "").strip("/")
    return Wanted(
        weights=tuple(f"{subfolder}/{name}" if subfolder else name for name in weights),
        others=(*TEXTS, *CODE) if kwargs.get("trust_remote_code") else TEXTS,
        never=NEVER if variant else (*NEVER, *OTHER_VARIANTS),
        pickles=pickles,
    )


def _of_parts(patterns: Iterable[str]) -> tuple[str, ...]:
    return tuple(
        f"*/{word}{name.removeprefix('model')}" for name in patterns if name.startswith("model") for word in _WORDS
    )


def _matches(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)
