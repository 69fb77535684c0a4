"""The shape that the demo models of BERT's kind share."""

from collections.abc import Sequence
from typing import Any

from transformers import BertConfig

LONGEST = 128
WIDTH = 64


def small_bert(tokenizer: Any, labels: Sequence[str] = (), **more: Any) -> BertConfig:
    """Two layers, without dropout: there is fresh data for every step."""
    if labels:
        more |= {"id2label": dict(enumerate(labels)), "label2id": {label: id for id, label in enumerate(labels)}}
    shape = {
        "vocab_size": len(tokenizer),
        "hidden_size": WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 128,
        "max_position_embeddings": LONGEST,
        "initializer_range": 0.06,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "pad_token_id": tokenizer.pad_token_id,
    }
    return BertConfig(**(shape | more))
