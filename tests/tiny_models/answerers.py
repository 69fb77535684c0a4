"""Models that find answers in a context, one for each way in which two texts are joined."""

from pathlib import Path

from tests.tiny_models.base import save, seed
from tests.tiny_models.bert import bert_config
from tests.tiny_models.tokenizers import byte_level, wordpiece

LONGEST = 128


def answerer(folder: Path) -> Path:
    """BERT, with [CLS] in front and types that tell question from context."""
    from tokenizers import normalizers, processors
    from transformers import BertForQuestionAnswering

    tokenizer = wordpiece()
    tokenizer.cls_token, tokenizer.sep_token = "[CLS]", "[SEP]"
    # As published: joiners go, and each Chinese character is a word.
    tokenizer.backend_tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.backend_tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return save(folder, BertForQuestionAnswering(bert_config()), tokenizer)


def byte_answerer(folder: Path) -> Path:
    """RoBERTa, whose tokens are bytes: a character is many of them, and spaces belong to words."""
    from tokenizers import processors
    from transformers import RobertaConfig, RobertaForQuestionAnswering

    tokenizer = byte_level()
    tokenizer.add_special_tokens({"cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>"})
    end, start = ((token, tokenizer.convert_tokens_to_ids(token)) for token in ("</s>", "<s>"))
    tokenizer.backend_tokenizer.post_processor = processors.RobertaProcessing(end, start)
    tokenizer.model_max_length = LONGEST
    seed()
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=LONGEST + tokenizer.pad_token_id + 1,
        pad_token_id=tokenizer.pad_token_id,
        type_vocab_size=1,
        initializer_range=0.3,
    )
    return save(folder, RobertaForQuestionAnswering(config), tokenizer)


def undecided(folder: Path) -> Path:
    """GPT-2, which has no token that could stand for no answer, and was trained with the context in front."""
    from transformers import GPT2Config, GPT2ForQuestionAnswering, PreTrainedTokenizerFast

    end = "<|endoftext|>"
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=byte_level().backend_tokenizer, bos_token=end, eos_token=end, padding_side="left"
    )
    seed()
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=LONGEST,
        n_embd=32,
        n_layer=2,
        n_head=4,
        initializer_range=0.3,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return save(folder, GPT2ForQuestionAnswering(config), tokenizer)
