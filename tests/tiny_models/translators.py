"""Encoder-decoders that are told their task or their languages, each in its family's way."""

import io
import json
from pathlib import Path
from typing import Any

from tests.tiny_models.base import SENTENCES, save, seed
from tests.tiny_models.tokenizers import unigram

LETTERS = sorted({letter for sentence in SENTENCES for letter in sentence if not letter.isspace()} | {*"bjkpqxz.!"})
SIZES: dict[str, Any] = {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 160,
    "init_std": 0.8,
}


def t5_tasks(folder: Path) -> Path:
    """T5 with prefixes and settings for a summary and for two pairs of languages."""
    from transformers import T5Config, T5ForConditionalGeneration

    seed()
    config = T5Config(
        vocab_size=64,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        decoder_start_token_id=0,
        initializer_factor=3.0,
        task_specific_params={
            "summarization": {
                "prefix": "summarize: ",
                "num_beams": 3,
                "early_stopping": True,
                "length_penalty": 2.0,
                "min_length": 6,
                "max_length": 14,
                "no_repeat_ngram_size": 3,
            },
            "translation_en_to_de": {"prefix": "to german: ", "num_beams": 2, "early_stopping": True, "max_length": 12},
            "translation_en_to_fr": {"prefix": "to french: ", "max_length": 16},
        },
    )
    network = T5ForConditionalGeneration(config)
    network.generation_config.update(max_new_tokens=40)
    return save(folder, network, unigram())


def nllb(folder: Path) -> Path:
    """A language before the text, and one as the first token that is written."""
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

    special = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    vocabulary = special | {piece: 4 + index for index, piece in enumerate(["▁", *LETTERS])}
    tokenizer = NllbTokenizer(vocab=vocabulary, merges=[], src_lang="eng_Latn", model_max_length=160)
    return save(folder, _network(M2M100ForConditionalGeneration, M2M100Config, len(tokenizer), start=2), tokenizer)


def mbart(folder: Path) -> Path:
    """A language behind the text, and one where others begin with a token of no language."""
    from transformers import MBartConfig, MBartForConditionalGeneration, MBartTokenizer

    special = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -20.0)]
    pieces = [(piece, -2.0) for piece in ["▁", *LETTERS]]
    tokenizer = MBartTokenizer(vocab=special + pieces, src_lang="en_XX", model_max_length=160)
    start = tokenizer.convert_tokens_to_ids("ro_RO")
    return save(folder, _network(MBartForConditionalGeneration, MBartConfig, len(tokenizer), start), tokenizer)


def m2m100(folder: Path) -> Path:
    """Like NLLB, with a tokenizer in Python and codes that are not the tokens themselves."""
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    folder.mkdir(parents=True)
    pieces = _sentencepiece(folder / "sentencepiece.bpe.model")
    vocabulary = dict.fromkeys(["<s>", "<pad>", "</s>", "<unk>", *pieces])
    (folder / "vocab.json").write_text(json.dumps({piece: index for index, piece in enumerate(vocabulary)}))
    tokenizer = M2M100Tokenizer(
        folder / "vocab.json",
        str(folder / "sentencepiece.bpe.model"),
        language_codes="wmt21",
        additional_special_tokens=[f"__{code}__" for code in ("en", "ha", "is", "ja", "cs", "ru", "zh", "de")],
        model_max_length=160,
    )
    size = len(vocabulary) + 8
    return save(folder, _network(M2M100ForConditionalGeneration, M2M100Config, size, start=2), tokenizer)


def marian(folder: Path) -> Path:
    """A word before the text says which of two languages to write."""
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    folder.mkdir(parents=True)
    pieces = _sentencepiece(folder / "source.spm")
    (folder / "target.spm").write_bytes((folder / "source.spm").read_bytes())
    vocabulary = dict.fromkeys(["</s>", "<unk>", ">>fra<<", ">>spa<<", *pieces, "<pad>"])
    (folder / "vocab.json").write_text(json.dumps({piece: index for index, piece in enumerate(vocabulary)}))
    tokenizer = MarianTokenizer(
        str(folder / "source.spm"),
        str(folder / "target.spm"),
        str(folder / "vocab.json"),
        source_lang="eng",
        target_lang="mul",
        model_max_length=160,
    )
    pad = len(vocabulary) - 1
    seed()
    config = MarianConfig(
        **SIZES,
        vocab_size=len(vocabulary),
        pad_token_id=pad,
        eos_token_id=0,
        decoder_start_token_id=pad,
        forced_eos_token_id=0,
    )
    network = MarianMTModel(config)
    network.generation_config.update(num_beams=2, max_length=16, bad_words_ids=[[pad]])
    return save(folder, network, tokenizer)


def _network(kind: Any, config: Any, size: int, start: int) -> Any:
    seed()
    network = kind(
        config(
            **SIZES,
            vocab_size=size,
            bos_token_id=0,
            pad_token_id=1,
            eos_token_id=2,
            decoder_start_token_id=start,
            forced_eos_token_id=None,
        )
    )
    # By chance alone most of what it wrote would be languages.
    network.get_input_embeddings().weight.data[len(LETTERS) + 5 :] *= 0.01
    return network


def _sentencepiece(path: Path) -> list[str]:
    """A model of single letters; its pieces but for the special ones."""
    import sentencepiece

    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 4),
        model_writer=made,
        model_type="char",
        vocab_size=len(LETTERS) + 10,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    path.write_bytes(made.getvalue())
    model = sentencepiece.SentencePieceProcessor(model_proto=made.getvalue())
    return [model.IdToPiece(index) for index in range(3, model.GetPieceSize())]
