"""How one loaded model writes: its running batch if it has one, its batched calls, and the grammars it can follow."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import torch

from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.models.adapters import fetch_adapters
from serve_app.replica.engines.torch_adapters import Adapters
from serve_app.replica.engines.torch_device import memory_errors
from serve_app.replica.engines.torch_generate import generate
from serve_app.replica.engines.torch_load import Parts
from serve_app.replica.engines.torch_options import TorchOptions
from serve_app.replica.engines.torch_paths import Path, path_of
from serve_app.replica.engines.torch_rows import Matcher
from serve_app.replica.grammars.grammars import Grammars
from serve_app.tasks.base import OnStep
from serve_app.tasks.kit import Kit
from serve_app.tasks.sequences import Grammar, Prompted, Sampling

logger = logging.getLogger("ray.serve")


class Writer:
    """Made while the model loads: reading its vocabulary for grammars holds everything else up."""

    def __init__(self, parts: Parts, model: Model, kit: Kit, options: TorchOptions) -> None:
        self._network = parts.network
        self.adapters = Adapters(parts.network, fetch_adapters(model))
        self._grammars = Grammars(parts.tokenizer, int(kit.config.get("vocab_size") or 0))
        with memory_errors():
            self.path = path_of(parts.network, model, kit.max_total_tokens, options, self.adapters, self._matcher_of)
        if options.batching == "continuous" and not self.path.sequences:
            raise ModelCannotLoad(f"engine_options.batching is continuous, and {self.path.why}: set it to auto")
        logger.info(f"{model.name}: {_told(self.path, kit)}")

    def study(self, grammar: Grammar) -> "Future[Any]":
        return self._grammars.check(grammar)

    def generate(self, sequences: Sequence[Prompted], search: Mapping[str, Any], on_step: OnStep) -> list[list[int]]:
        self.adapters.use(sequences[0].adapter)
        with torch.inference_mode(), memory_errors():
            return generate(self._network, sequences, search, on_step, self._matcher_of)

    def close(self) -> None:
        self._grammars.close()

    def _matcher_of(self, sampling: Sampling) -> Matcher | None:
        return None if sampling.grammar is None else self._grammars.matcher(sampling.grammar, sampling.ends)


def _told(path: Path, kit: Kit) -> str:
    if path.room is None:
        return str(path)
    full = max(path.room.tokens // kit.max_total_tokens, 1)
    return (
        f"continuous batching, {path.room.tokens} tokens of cache, {full} sequences of full length, "
        f"{path.room.sequences} at once at most"
    )
