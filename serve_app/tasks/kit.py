"""What a loaded model hands to its task: tokenizer, labels, lengths and padding."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

PostProcess = Callable[[str, Mapping[str, NDArray[Any]] | Sequence[NDArray[Any]], Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Kit:
    """The parts of a loaded model that need no tensors."""

    tokenizer: Any
    """None where the task reads no text."""
    max_input_tokens: int
    """What one input may have, as the model and the config allow."""
    max_total_tokens: int
    """What input and output may have together; in encoder-decoders what the output may have by itself."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """The model's own configuration; of one that takes more than text, that of its part for text."""
    whole_config: Mapping[str, Any] = field(default_factory=dict)
    """The configuration of all its parts."""
    image_processor: Any = None
    feature_extractor: Any = None
    processor: Any = None
    """What puts several of them together, where the task reads it."""
    post_process: PostProcess | None = None
    """Runs one of the processor's own `post_process_…` methods: its name, a batch's outputs or masks, and settings."""
    max_pixels: int = 2**25
    """What one image may have, decoded."""
    max_sound_s: float = 600.0
    """How long one sound may be."""
    generation: Mapping[str, Any] = field(default_factory=dict)
    """The model's own generation settings."""
    sentence: Mapping[str, Any] = field(default_factory=dict)
    """What sentence-transformers files beside the weights say: pooling, normalize, prompts."""
    pad_values: Mapping[str, int] = field(default_factory=lambda: {"input_ids": 0})
    adapters: tuple[str, ...] = ()
    """The names of the weights that a request may choose on top of the model's own."""
    token_types: bool = False
    """Whether the model wants to be told which of two texts a token belongs to."""

    @cached_property
    def special_ids(self) -> frozenset[int]:
        """The tokens that are no text; tokenizers gather them anew whenever they are asked."""
        return frozenset(self.tokenizer.all_special_ids)

    def pad(self, name: str, arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """One array with the given ones as its rows, padded on the right."""
        longest = max(len(array) for array in arrays)
        padded = np.full((len(arrays), longest, *arrays[0].shape[1:]), self.pad_values.get(name, 0), dtype=np.int64)
        for row, array in zip(padded, arrays, strict=True):
            row[: len(array)] = array
        return padded
