"""TAPAS, which answers questions about tables."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import save, seed
from tests.tiny_models.tokenizers import SPECIAL, pieces

AGGREGATIONS = {0: "NONE", 1: "SUM", 2: "AVERAGE", 3: "COUNT"}


def tapas(folder: Path) -> Path:
    """With aggregations, and position ids for more tokens than its tokenizer lets through, as published ones have."""
    return _tapas(folder, num_aggregation_labels=4, aggregation_labels=AGGREGATIONS, no_aggregation_label_index=0)


def tapas_plain(folder: Path) -> Path:
    """Without aggregations, and free to choose no column at all."""
    return _tapas(folder, allow_empty_column_selection=True)


def _tapas(folder: Path, **more: Any) -> Path:
    from transformers import TapasConfig, TapasForQuestionAnswering

    seed()
    vocabulary = [*SPECIAL, "[EMPTY]", *pieces()[len(SPECIAL) :], *_digits()]
    config = TapasConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=256,
        initializer_range=1.0,
        max_num_rows=16,
        max_num_columns=8,
        **more,
    )
    return save(folder, TapasForQuestionAnswering(config), _tokenizer(folder, vocabulary))


def _digits() -> list[str]:
    return [*"0123456789", *(f"##{digit}" for digit in "0123456789")]


def _tokenizer(folder: Path, vocabulary: list[str]) -> Any:
    from transformers import TapasTokenizer

    folder.mkdir(parents=True)
    words = folder / "vocab.txt"
    words.write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    return TapasTokenizer(str(words), model_max_length=128)
