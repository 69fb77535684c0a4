"""VITS that speaks without sense, in a few voices."""

import json
import string
import tempfile
from pathlib import Path
from typing import Any

from transformers import VitsConfig, VitsModel, VitsTokenizer

from serve_app.demo.recipes.untrained import Untrained

_PADDING = "_"
_VOICES = 3


class Vits(Untrained):
    task = "text-to-speech"
    about = "Makes a sound of any text in three voices; its weights are random, and so is what is heard."

    def tokenizer(self) -> Any:
        letters = (_PADDING, " ", *string.ascii_lowercase, *string.digits, *"'-")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "vocab.json"
            path.write_text(json.dumps({letter: id for id, letter in enumerate(letters)}), "utf-8")
            return VitsTokenizer(str(path), phonemize=False, pad_token=_PADDING, unk_token=_PADDING)

    def model(self, tokenizer: Any) -> Any:
        config = VitsConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            ffn_dim=64,
            flow_size=32,
            spectrogram_bins=65,
            upsample_initial_channel=32,
            upsample_rates=[8, 8],
            upsample_kernel_sizes=[16, 16],
            resblock_kernel_sizes=[3],
            resblock_dilation_sizes=[[1, 3]],
            prior_encoder_num_flows=2,
            prior_encoder_num_wavenet_layers=2,
            posterior_encoder_num_wavenet_layers=2,
            duration_predictor_num_flows=2,
            duration_predictor_filter_channels=32,
            depth_separable_num_layers=1,
            num_speakers=_VOICES,
            speaker_embedding_size=16,
            sampling_rate=16_000,
        )
        return VitsModel(config)


RECIPE = Vits()
