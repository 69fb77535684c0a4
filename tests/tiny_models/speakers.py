"""Models that speak."""

import json
from pathlib import Path

from tests.tiny_models.base import save, seed

RATE = 16_000


def vits(folder: Path) -> Path:
    """One voice, which draws how long it takes for each letter."""
    return _vits(folder, voices=1)


def vits_voices(folder: Path) -> Path:
    """Three voices."""
    return _vits(folder, voices=3)


def _vits(folder: Path, voices: int) -> Path:
    from transformers import VitsConfig, VitsModel, VitsTokenizer

    seed()
    letters = [*"_ abcdefghijklmnopqrstuvwxyz'-"]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "vocab.json"
    path.write_text(json.dumps({letter: number for number, letter in enumerate(letters)}), "utf-8")
    config = VitsConfig(
        vocab_size=len(letters),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        ffn_dim=32,
        flow_size=16,
        spectrogram_bins=33,
        upsample_initial_channel=16,
        upsample_rates=[8, 8],
        upsample_kernel_sizes=[16, 16],
        resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1, 3]],
        prior_encoder_num_flows=1,
        prior_encoder_num_wavenet_layers=1,
        posterior_encoder_num_wavenet_layers=1,
        duration_predictor_num_flows=2,
        duration_predictor_filter_channels=16,
        depth_separable_num_layers=1,
        num_speakers=voices,
        speaker_embedding_size=8 if voices > 1 else 0,
        sampling_rate=RATE,
    )
    tokenizer = VitsTokenizer(str(path), phonemize=False, pad_token="_", unk_token="_")
    return save(folder, VitsModel(config), tokenizer)
