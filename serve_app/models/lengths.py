"""How many tokens a model takes, as its configuration and its tokenizer tell."""

from collections.abc import Mapping
from typing import Any

# Where families of models keep it; positions that are learned come before a tokenizer's word.
NAMES = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "max_sequence_length")
# These count positions from behind the padding token's id, and so can use fewer than they have.
OFFSET_FAMILIES = frozenset(
    {
        "camembert",
        "data2vec-text",
        "ibert",
        "longformer",
        "luke",
        "mpnet",
        "roberta",
        "roberta-prelayernorm",
        "xlm-roberta",
        "xlm-roberta-xl",
        "xmod",
    }
)
UNKNOWN = 512
# A tokenizer that knows no limit says a number far beyond this.
SANE = 10_000_000


def max_tokens(config: Mapping[str, Any], tokenizer_limit: int | None) -> int:
    """What one input may have at most."""
    positions = next((config[name] for name in NAMES if isinstance(config.get(name), int) and config[name] > 0), None)
    if positions is None:
        return tokenizer_limit if tokenizer_limit and tokenizer_limit < SANE else UNKNOWN
    if config.get("model_type") in OFFSET_FAMILIES:
        positions -= (config.get("pad_token_id") or 0) + 1
    return int(positions)
