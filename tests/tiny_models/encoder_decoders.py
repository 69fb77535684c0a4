"""Encoder-decoders."""

from pathlib import Path

from tests.tiny_models.base import save, seed
from tests.tiny_models.tokenizers import unigram


def t5(folder: Path) -> Path:
    """An encoder-decoder with relative positions."""
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
    )
    return save(folder, T5ForConditionalGeneration(config), unigram())


def bart(folder: Path) -> Path:
    """An encoder-decoder with learned positions, whose own settings search with beams."""
    from transformers import BartConfig, BartForConditionalGeneration

    seed()
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
    return save(folder, network, unigram())
