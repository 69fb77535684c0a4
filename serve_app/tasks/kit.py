"""What a loaded model hands to its task: tokenizer, labels, lengths and padding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Kit:
    """The parts of a loaded model that need no tensors."""

    tokenizer: Any
    max_input_tokens: int
    """What one input may have, as the model and the config allow."""
    max_total_tokens: int
    """What input and output may have together; in encoder-decoders what the output may have by itself."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """The model's own configuration."""
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
