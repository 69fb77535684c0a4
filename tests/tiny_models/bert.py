"""BERT, with heads and without."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import save, seed
from tests.tiny_models.tokenizers import pieces, wordpiece


def bert(folder: Path) -> Path:
    """A classifier with three labels."""
    from transformers import BertForSequenceClassification

    labels = {0: "NEGATIVE", 1: "POSITIVE", 2: "MIXED"}
    config = bert_config(id2label=labels, label2id={label: index for index, label in labels.items()})
    return save(folder, BertForSequenceClassification(config), wordpiece())


def encoder(folder: Path) -> Path:
    """An encoder without pooler or head."""
    from transformers import BertModel

    return save(folder, BertModel(bert_config(), add_pooling_layer=False), wordpiece())


def bert_config(**more: Any) -> Any:
    from transformers import BertConfig

    seed()
    return BertConfig(
        vocab_size=len(pieces()),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=128,
        initializer_range=0.3,
        **more,
    )
