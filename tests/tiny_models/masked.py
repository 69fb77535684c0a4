"""Models that fill a gap in a text."""

from pathlib import Path

from tests.tiny_models.base import save, seed
from tests.tiny_models.bert import bert_config
from tests.tiny_models.inference import bert_tokenizer, roberta_tokenizer


def bert_mlm(folder: Path) -> Path:
    """Word pieces, and a mask written [MASK]."""
    from transformers import BertForMaskedLM

    return save(folder, BertForMaskedLM(bert_config()), bert_tokenizer())


def roberta_mlm(folder: Path) -> Path:
    """Bytes, and a mask written <mask> that takes the space before it."""
    from transformers import RobertaConfig, RobertaForMaskedLM

    seed()
    tokenizer = roberta_tokenizer(128)
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=130,
        pad_token_id=tokenizer.pad_token_id,
        type_vocab_size=1,
        initializer_range=0.3,
    )
    return save(folder, RobertaForMaskedLM(config), tokenizer)


def phobert_mlm(folder: Path) -> Path:
    """A tokenizer in Python."""
    from transformers import PhobertTokenizer, RobertaConfig, RobertaForMaskedLM

    seed()
    folder.mkdir(parents=True, exist_ok=True)
    words = ("a", "good", "day", "what", "no", "it", "was", "sea@@", "side")
    (folder / "vocab.txt").write_text("".join(f"{word} 1\n" for word in words), encoding="utf-8")
    (folder / "bpe.codes").write_text(_MERGES, encoding="utf-8")
    tokenizer = PhobertTokenizer(str(folder / "vocab.txt"), str(folder / "bpe.codes"), model_max_length=128)
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=130,
        pad_token_id=tokenizer.pad_token_id,
        type_vocab_size=1,
        tokenizer_class="PhobertTokenizer",
        initializer_range=0.3,
    )
    return save(folder, RobertaForMaskedLM(config), tokenizer)


# Pairs that join, most frequent first, as words are put together from the left.
_MERGES = "".join(
    f"{pair} 1\n"
    for pair in (
        "g o", "go o", "goo d</w>", "d a", "da y</w>", "w h", "wh a", "wha t</w>", "n o</w>", "i t</w>", "w a",
        "wa s</w>", "s e", "se a", "s i", "si d", "sid e</w>",
    )
)  # fmt: skip
