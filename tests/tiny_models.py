"""Tiny models with random weights and real tokenizers, made in a second and without a network."""

from pathlib import Path
from typing import Any

SENTENCES = (
    "a good day",
    "what a wonderful long day it was by the sea, and nobody wanted to go home before the sun was gone",
    "no",
    "今天天气很好",
    "يوم جميل جدا",
    "yes 👩‍👩‍👧 and 🎉",
    "cafe\u0301 nai\u0308ve",
)
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def build_all(root: Path) -> dict[str, Path]:
    """Every tiny model in a folder of its own, by name."""
    makers = {"bert": bert, "encoder": encoder, "gpt2": gpt2, "llama": llama, "t5": t5, "bart": bart}
    return {name: make(root / name) for name, make in makers.items()}


def bert(folder: Path) -> Path:
    """A classifier with three labels."""
    from transformers import BertForSequenceClassification

    labels = {0: "NEGATIVE", 1: "POSITIVE", 2: "MIXED"}
    config = _bert_config(id2label=labels, label2id={label: index for index, label in labels.items()})
    return _save(folder, BertForSequenceClassification(config), _wordpiece())


def encoder(folder: Path) -> Path:
    """An encoder without pooler or head."""
    from transformers import BertModel

    return _save(folder, BertModel(_bert_config(), add_pooling_layer=False), _wordpiece())


def gpt2(folder: Path) -> Path:
    """A decoder with learned positions whose tokens are bytes."""
    from transformers import GPT2Config, GPT2LMHeadModel

    _seed()
    config = GPT2Config(
        vocab_size=257,
        n_positions=192,
        n_embd=32,
        n_layer=2,
        n_head=4,
        bos_token_id=256,
        eos_token_id=256,
        initializer_range=0.3,
    )
    return _save(folder, GPT2LMHeadModel(config), _bytes())


def llama(folder: Path) -> Path:
    """A decoder with rotary positions, whose own settings sample at 0.7."""
    from transformers import LlamaConfig, LlamaForCausalLM

    _seed()
    config = LlamaConfig(
        vocab_size=257,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=160,
        bos_token_id=256,
        eos_token_id=256,
        initializer_range=0.3,
    )
    network = LlamaForCausalLM(config)
    network.generation_config.update(do_sample=True, temperature=0.7, top_k=5)
    return _save(folder, network, _bytes())


def t5(folder: Path) -> Path:
    """An encoder-decoder with relative positions."""
    from transformers import T5Config, T5ForConditionalGeneration

    _seed()
    config = T5Config(
        vocab_size=64,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        decoder_start_token_id=0,
        initializer_factor=3.0,
    )
    return _save(folder, T5ForConditionalGeneration(config), _unigram())


def bart(folder: Path) -> Path:
    """An encoder-decoder with learned positions, whose own settings search with beams."""
    from transformers import BartConfig, BartForConditionalGeneration

    _seed()
    config = BartConfig(
        vocab_size=64,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=112,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=1,
        decoder_start_token_id=1,
        forced_eos_token_id=1,
        init_std=0.5,
    )
    network = BartForConditionalGeneration(config)
    network.generation_config.update(num_beams=3, max_length=20)
    return _save(folder, network, _unigram())


def _seed() -> None:
    import torch

    torch.manual_seed(7)


def _bert_config(**more: Any) -> Any:
    from transformers import BertConfig

    _seed()
    return BertConfig(
        vocab_size=len(_pieces()),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=128,
        initializer_range=0.3,
        **more,
    )


def _pieces() -> list[str]:
    letters = sorted({letter for sentence in SENTENCES for letter in sentence if not letter.isspace()} | set("abcxyz"))
    return [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), "good", "wonderful"]


def _wordpiece() -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {piece: id for id, piece in enumerate(_pieces())}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    # As some published tokenizers do: serving must not cut or pad because of it.
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(length=16)
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=128, **names)


def _bytes() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {**{letter: id for id, letter in enumerate(alphabet)}, "<|endoftext|>": 256}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|endoftext|>", eos_token="<|endoftext|>", unk_token="<|endoftext|>"
    )


def _unigram() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    pieces = ["▁", *"abcdefghijklmnopqrstuvwxyz.,:!?", "▁the", "▁a", "ing", "er", "▁to", "day", "今", "天", "🎉"]
    pieces += [f"<extra_{index}>" for index in range(64 - 3 - len(pieces))]
    table = [
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", -20.0),
        *((piece, -float(len(piece) == 1) - 1) for piece in pieces),
    ]
    tokenizer = Tokenizer(models.Unigram(table, unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")


def _save(folder: Path, network: Any, tokenizer: Any) -> Path:
    network.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
