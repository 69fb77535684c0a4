"""How many tokens a running batch may hold: what the operator says, else what memory and the model's context allow."""

import math
from typing import Any, NamedTuple

from serve_app.config.schema import Model

PAGE_TOKENS = 32
STEP_TOKENS = 512
MOST_TOKENS = 32_768
CPU_BYTES = 2**30
# Of what a GPU has left once the model is on it: the rest is for the numbers between the layers.
GPU_SHARE = 0.7


class Room(NamedTuple):
    """The paged cache, and how much one step reads."""

    pages: int
    page_tokens: int
    step_tokens: int
    sequences: int

    @property
    def tokens(self) -> int:
        """What all sequences together may hold."""
        return self.pages * self.page_tokens


def room_for(network: Any, model: Model, context: int, cache_tokens: int | None) -> Room:
    """Room for `cache_tokens`, or for as many sequences of full length as are sensible here."""
    rows = model.batching.max_batch_size
    tokens = cache_tokens or min(rows * context, MOST_TOKENS, _memory_of(network) // _bytes_each(network))
    pages = max(math.ceil(tokens / PAGE_TOKENS), 2)
    return Room(pages, PAGE_TOKENS, max(STEP_TOKENS, rows), rows)


def _bytes_each(network: Any) -> int:
    """Keys and values of one token in all layers."""
    config = network.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(2 * config.num_hidden_layers * heads * width * network.dtype.itemsize)


def _memory_of(network: Any) -> int:
    if network.device.type != "cuda":
        return CPU_BYTES
    import torch  # noqa: PLC0415 (a plan asks for none of this)

    free, _ = torch.cuda.mem_get_info(network.device)
    return int(free * GPU_SHARE)
