"""Models that tell how well a text fits a sound."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import save, seed
from tests.tiny_models.tokenizers import wordpiece

MELS = 64  # the fused kind knows no other number


def clap(folder: Path) -> Path:
    """It listens to a second, and of what is longer to a part."""
    return _clap(folder, fused=False)


def clap_fused(folder: Path) -> Path:
    """Of what is longer it also looks at the whole, made smaller."""
    return _clap(folder, fused=True)


def _clap(folder: Path, fused: bool) -> Path:
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    seed()
    tokenizer = wordpiece()

    text = {
        "pad_token_id": tokenizer.pad_token_id,
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": 130,
        "initializer_factor": 10.0,
    }
    audio: dict[str, Any] = {
        "spec_size": MELS,
        "num_mel_bins": MELS,
        "window_size": 4,
        "patch_embeds_hidden_size": 16,
        "hidden_size": 32,
        "depths": [1, 1],
        "num_attention_heads": [2, 2],
        "num_hidden_layers": 2,
        "enable_fusion": fused,
    }
    config = ClapConfig(text_config=text, audio_config=audio, projection_dim=16)
    ClapFeatureExtractor(
        feature_size=MELS,
        sampling_rate=16_000,
        hop_length=320,
        max_length_s=1,
        fft_window_size=400,
        frequency_max=8000,
        truncation="fusion" if fused else "rand_trunc",
    ).save_pretrained(folder)
    return save(folder, ClapModel(config), tokenizer)
