"""Decoders, whose tokens are bytes."""

from pathlib import Path

from tests.tiny_models.base import save, seed
from tests.tiny_models.tokenizers import byte_level


def gpt2(folder: Path) -> Path:
    """A decoder with learned positions whose tokens are bytes."""
    from transformers import GPT2Config, GPT2LMHeadModel

    seed()
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
    return save(folder, GPT2LMHeadModel(config), byte_level())


def llama(folder: Path) -> Path:
    """A decoder with rotary positions, whose own settings sample at 0.7."""
    from transformers import LlamaConfig, LlamaForCausalLM

    seed()
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
    return save(folder, network, byte_level())
