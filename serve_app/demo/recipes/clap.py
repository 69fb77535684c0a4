"""CLAP that compares sounds with words without sense."""

from typing import Any

from transformers import ClapConfig, ClapFeatureExtractor, ClapModel, ClapProcessor

from serve_app.demo.languages import noises
from serve_app.demo.recipes.untrained import Untrained
from serve_app.demo.tokenizers import word_pieces

_LONGEST = 128
_MELS, _HOP = 64, 320
_LISTENS_S = 1


class Clap(Untrained):
    task = "zero-shot-audio-classification"
    about = "Says how well words fit a sound; its weights are random, and so are its scores."

    def tokenizer(self) -> Any:
        words = " ".join((*noises.LABELS, "this is a the sound of tone noise clock")).split()
        reader = ClapFeatureExtractor(
            feature_size=_MELS,
            sampling_rate=noises.RATE,
            hop_length=_HOP,
            fft_window_size=2 * _HOP,
            max_length_s=_LISTENS_S,
            frequency_max=noises.RATE // 2,
            truncation="rand_trunc",
        )
        return ClapProcessor(reader, word_pieces(words, _LONGEST))

    def model(self, tokenizer: Any) -> Any:
        words = tokenizer.tokenizer
        text = {
            "vocab_size": len(words),
            "pad_token_id": words.pad_token_id,
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 64,
            "max_position_embeddings": _LONGEST + 2,
            "initializer_factor": 10.0,
        }
        audio: dict[str, Any] = {
            "spec_size": _MELS,
            "num_mel_bins": _MELS,
            "window_size": 4,
            "patch_embeds_hidden_size": 16,
            "hidden_size": 32,
            "depths": [1, 1],
            "num_attention_heads": [2, 2],
            "num_hidden_layers": 2,
        }
        return ClapModel(ClapConfig(text_config=text, audio_config=audio, projection_dim=32))


RECIPE = Clap()
