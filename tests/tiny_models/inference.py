"""Classifiers of natural language inference: whether a second text follows from a first one."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import save, seed
from tests.tiny_models.bert import bert_config
from tests.tiny_models.tokenizers import pieces

LABELS = ("contradiction", "neutral", "entailment")


def bert_nli(folder: Path) -> Path:
    """Three labels; tells its two texts apart by token types."""
    return _bert(folder, LABELS)


def bert_nli_reversed(folder: Path) -> Path:
    """Two labels with entailment first, written large."""
    return _bert(folder, ("ENTAILMENT", "NOT_ENTAILMENT"))


def bart_nli(folder: Path) -> Path:
    """An encoder-decoder whose tokens are bytes, with two end tokens between its texts."""
    from transformers import BartConfig, BartForSequenceClassification

    seed()
    tokenizer = roberta_tokenizer(160)
    config = BartConfig(
        vocab_size=len(tokenizer),
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=160,
        bos_token_id=tokenizer.bos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.eos_token_id,
        init_std=0.5,
        **_named(LABELS),
    )
    return save(folder, BartForSequenceClassification(config), tokenizer)


def bert_tokenizer() -> Any:
    from transformers import BertTokenizer

    vocabulary = {piece: id for id, piece in enumerate(pieces())}
    return BertTokenizer(vocab=vocabulary, model_max_length=128, do_lower_case=False, strip_accents=False)


def roberta_tokenizer(longest: int) -> Any:
    from tokenizers import pre_tokenizers
    from transformers import RobertaTokenizer

    names = ("<s>", "<pad>", "</s>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet()), "Ġa", "<mask>")
    vocabulary = {name: id for id, name in enumerate(names)}
    return RobertaTokenizer(vocab=vocabulary, merges=[("Ġ", "a")], model_max_length=longest)


def _bert(folder: Path, labels: tuple[str, ...]) -> Path:
    from transformers import BertForSequenceClassification

    return save(folder, BertForSequenceClassification(bert_config(**_named(labels))), bert_tokenizer())


def _named(labels: tuple[str, ...]) -> dict[str, Any]:
    return {"id2label": dict(enumerate(labels)), "label2id": {label: id for id, label in enumerate(labels)}}
