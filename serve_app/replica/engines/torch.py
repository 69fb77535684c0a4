"""The PyTorch engine: transformers' models as they are, on a CPU or a GPU."""

import inspect
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from serve_app.config.schema import Model
from serve_app.models.cards import facts
from serve_app.models.contents import look
from serve_app.models.fetching import Fetched, fetch
from serve_app.models.lengths import max_tokens
from serve_app.models.pipelines import require_kind
from serve_app.models.sentence import read as read_sentence_files
from serve_app.models.sources import locate
from serve_app.replica.engines import base
from serve_app.replica.engines import torch_device as device
from serve_app.replica.engines.torch_load import Parts, load_parts
from serve_app.replica.engines.torch_options import TorchOptions
from serve_app.tasks.base import Arrays, Gone, OnStep, Task
from serve_app.tasks.kit import Kit, PostProcess
from serve_app.tasks.sequences import Grammar, Prompted, Sequences
from serve_app.tasks.text.generating import GeneratingTask

if TYPE_CHECKING:
    from serve_app.replica.engines.torch_diffusion import Painter
    from serve_app.replica.engines.torch_writer import Writer

# What sentence-transformers saves: its encoders and its cross-encoders.
_SENTENCE_MODELS = ("AutoModel", "AutoModelForSequenceClassification")


class TorchEngine(base.LoadedEngine):
    """One model in memory, used by one thread."""

    Options = TorchOptions

    def __init__(self) -> None:
        self._fetched: Fetched | None = None
        self._parts: Parts | None = None
        self._device = "cpu"
        self._card = base.Card("", "", "", 0, 0)
        self._writer: Writer | None = None
        self._painter: Painter | None = None

    def fetch(self, model: Model) -> None:
        # A demo model is made, not fetched: that is work, which belongs to `load`.
        if locate(model).kind == "hub":
            self._fetched = fetch(model)

    def load(self, model: Model, task: Task) -> Kit:
        return device.apart(lambda: self._load(model, task))

    def _load(self, model: Model, task: Task) -> Kit:
        options: TorchOptions = base.options_of(type(self), model)
        fetched = self._fetched or fetch(model)
        task = task.variant(look(fetched.folder, model.hf_model_kwargs).config)
        require_kind(fetched.folder, model.hf_model_kwargs, task.library)
        self._device = device.prepare(model)
        if task.library == "diffusers":
            return self._load_painter(fetched, model, task)
        with device.memory_errors():
            self._parts = parts = load_parts(fetched.folder, model, task, self._device)
        kit = _kit(parts, model, read_sentence_files(fetched.folder) if task.auto_model in _SENTENCE_MODELS else {})
        if isinstance(task, GeneratingTask):
            from serve_app.replica.engines.torch_writer import Writer  # noqa: PLC0415 (most models write nothing)

            self._writer = Writer(parts, model, kit, options)
        path = self._writer.path if self._writer else None
        self._card = base.Card(
            dtype=str(parts.network.dtype).removeprefix("torch."),
            device=self._device,
            revision=fetched.revision,
            max_input_tokens=kit.max_input_tokens,
            parameters=sum(tensor.numel() for tensor in parts.network.parameters()),
            facts=facts(fetched.folder),
            batching=str(path or ""),
            cache_tokens=path.room.tokens if path and path.room else 0,
        )
        return replace(kit, adapters=self._writer.adapters.names) if self._writer else kit

    def _load_painter(self, fetched: Fetched, model: Model, task: Task) -> Kit:
        from serve_app.replica.engines.torch_diffusion import Painter  # noqa: PLC0415 (most models paint nothing)

        with device.memory_errors():
            self._painter = Painter(fetched.folder, model, task, self._device)
        self._card = self._painter.card(fetched.revision, self._device, facts(fetched.folder))
        return self._painter.kit

    def sequences(self) -> Sequences | None:
        return self._writer.path.sequences if self._writer else None

    def study(self, grammar: Grammar) -> "Future[Any]":
        return self._writer.study(grammar) if self._writer else super().study(grammar)

    def card(self) -> base.Card:
        return self._card

    def forward(self, arrays: Arrays, outputs: Collection[str], positions: NDArray[np.int64] | None = None) -> Arrays:
        import torch  # noqa: PLC0415 (tables and plans name this engine without paying for it)

        from serve_app.replica.engines.torch_call import on_device  # noqa: PLC0415

        network = self._loaded.network
        with torch.inference_mode(), device.memory_errors():
            told = network(**on_device(network, arrays))
            tensors = {name: told[name] for name in outputs if name in told}
            if positions is not None:
                rows, places = torch.arange(len(positions))[:, None], torch.from_numpy(positions)
                tensors = {name: tensor[rows, places] for name, tensor in tensors.items()}
            return {name: tensor.to("cpu", torch.float32).numpy() for name, tensor in tensors.items()}

    def call(
        self, method: str, arrays: Arrays, settings: Mapping[str, Any], on_step: Gone, seed: int | None = None
    ) -> dict[str, Any]:
        from serve_app.replica.engines.torch_call import call  # noqa: PLC0415 (as above)

        with device.memory_errors():
            if self._painter:
                return self._painter.paint(arrays, settings, on_step)
            return call(self._loaded.network, method, arrays, settings, on_step, seed)

    def generate(self, sequences: Sequence[Prompted], search: Mapping[str, Any], on_step: OnStep) -> list[list[int]]:
        if self._writer is None:
            raise RuntimeError("the engine has no model that writes")
        return self._writer.generate(sequences, search, on_step)

    def close(self) -> None:
        self._parts, self._painter = None, None
        if self._writer:
            self._writer.close()

    @property
    def _loaded(self) -> Parts:
        if self._parts is None:
            raise RuntimeError("the engine has no model: load it first")
        return self._parts


def _kit(parts: Parts, model: Model, sentence: Mapping[str, Any]) -> Kit:
    config = parts.network.config.get_text_config().to_dict()
    limit = max_tokens(config, parts.tokenizer.model_max_length) if parts.tokenizer else 0
    wanted = (model.limits.max_input_tokens, sentence.get("max_seq_length"))
    return Kit(
        tokenizer=parts.tokenizer,
        max_input_tokens=min([limit, *(number for number in wanted if number)]),
        max_total_tokens=limit,
        config=config,
        generation=parts.generation,
        sentence=sentence,
        pad_values={"input_ids": (parts.tokenizer.pad_token_id or 0) if parts.tokenizer else 0},
        token_types=parts.tokenizer is not None and _takes_token_types(parts),
        whole_config=parts.network.config.to_dict(),
        image_processor=parts.readers.get("image_processor"),
        feature_extractor=parts.readers.get("feature_extractor"),
        processor=parts.readers.get("processor"),
        post_process=_post_processing(parts),
        max_pixels=model.limits.max_pixels,
        max_sound_s=model.limits.max_sound_s,
    )


def _post_processing(parts: Parts) -> PostProcess | None:
    """By the part that knows images, or else by the one that holds it."""
    from serve_app.replica.engines.torch_processing import post_processing  # noqa: PLC0415 (it needs torch)

    processor = parts.readers.get("processor") or parts.readers.get("image_processor")
    return post_processing(processor) if processor else None


def _takes_token_types(parts: Parts) -> bool:
    """Some tokenizers make them for models that would refuse them, or that know a single type."""
    return (
        "token_type_ids" in parts.tokenizer.model_input_names
        and "token_type_ids" in inspect.signature(parts.network.forward).parameters
        and getattr(parts.network.config, "type_vocab_size", None) != 1
    )
