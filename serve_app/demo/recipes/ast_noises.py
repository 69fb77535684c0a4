"""An Audio Spectrogram Transformer that tells kinds of sound by their picture."""

import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from transformers import ASTConfig, ASTFeatureExtractor, ASTForAudioClassification

from serve_app.demo.languages import noises
from serve_app.demo.recipes.base import Recipe

_BATCH = 24
_MELS, _FRAMES = 32, 112


class AstNoises(Recipe):
    task = "audio-classification"
    about = "Tells tones that rise, fall, stay or tremble, hissing and ticking apart; it listens to the first second."
    steps = 260
    lr = 3e-3

    def tokenizer(self) -> Any:
        return ASTFeatureExtractor(sampling_rate=noises.RATE, num_mel_bins=_MELS, max_length=_FRAMES)

    def model(self, tokenizer: Any) -> Any:
        labels = dict(enumerate(noises.LABELS))
        config = ASTConfig(
            id2label=labels,
            label2id={label: id for id, label in labels.items()},
            hidden_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=128,
            patch_size=8,
            frequency_stride=8,
            time_stride=8,
            max_length=_FRAMES,
            num_mel_bins=_MELS,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            initializer_range=0.1,
        )
        model = ASTForAudioClassification(config)
        # All places start out alike, and to tell rising from falling would take long to learn.
        nn.init.normal_(model.audio_spectrogram_transformer.embeddings.position_embeddings, std=0.5)
        return model

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        while True:
            examples = [noises.training_example(rng) for _ in range(_BATCH)]
            batch = tokenizer([example.samples for example in examples], sampling_rate=noises.RATE, return_tensors="pt")
            labels = torch.tensor([noises.LABELS.index(example.label) for example in examples])
            yield model(**batch, labels=labels).loss


RECIPE = AstNoises()
