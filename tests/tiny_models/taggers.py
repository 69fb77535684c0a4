"""Models that label tokens, one for each way in which a tokenizer tells of words."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import SENTENCES, save, seed
from tests.tiny_models.bert import bert_config
from tests.tiny_models.tokenizers import unigram, wordpiece

LABELS = {0: "O", 1: "B-PER", 2: "I-PER", 3: "B-LOC", 4: "I-LOC", 5: "ODD"}
LONGEST = 96


def tagger(folder: Path) -> Path:
    """BERT, whose word pieces are marked where they go on with a word."""
    from transformers import BertForTokenClassification

    return save(folder, BertForTokenClassification(bert_config(**_labels())), wordpiece())


def byte_tagger(folder: Path) -> Path:
    """RoBERTa, whose tokens are bytes with the space before a word among them."""
    from transformers import RobertaForTokenClassification

    tokenizer = _byte_pairs()
    return save(folder, RobertaForTokenClassification(_roberta_config(len(tokenizer))), tokenizer)


def metaspace_tagger(folder: Path) -> Path:
    """A RoBERTa with pieces of a unigram model, which have a mark for the space before a word."""
    from transformers import RobertaForTokenClassification

    tokenizer = unigram()
    tokenizer.model_max_length = LONGEST
    return save(folder, RobertaForTokenClassification(_roberta_config(len(tokenizer))), tokenizer)


def _labels() -> dict[str, Any]:
    return {"id2label": LABELS, "label2id": {label: index for index, label in LABELS.items()}}


def _roberta_config(size: int) -> Any:
    from transformers import RobertaConfig

    seed()
    return RobertaConfig(
        vocab_size=size,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        # Positions are counted from behind the padding's.
        max_position_embeddings=LONGEST + 1,
        pad_token_id=0,
        type_vocab_size=1,
        initializer_range=0.3,
        **_labels(),
    )


def _byte_pairs() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["<pad>", "<s>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=len(alphabet) + 60, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 1), add_prefix_space=True)
    names = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=LONGEST, **names)
