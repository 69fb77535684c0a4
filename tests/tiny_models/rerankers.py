"""Models that read two texts together, and know which token belongs to which."""

from pathlib import Path

from tests.tiny_models.base import save
from tests.tiny_models.bert import bert_config
from tests.tiny_models.inference import bert_tokenizer


def cross_encoder(folder: Path) -> Path:
    """One score for two texts."""
    from transformers import BertForSequenceClassification

    return save(folder, BertForSequenceClassification(bert_config(num_labels=1)), bert_tokenizer())


def pair_classifier(folder: Path) -> Path:
    """Three labels for two texts."""
    from transformers import BertForSequenceClassification

    labels = {0: "same", 1: "opposite", 2: "neither"}
    config = bert_config(id2label=labels, label2id={label: index for index, label in labels.items()})
    return save(folder, BertForSequenceClassification(config), bert_tokenizer())
