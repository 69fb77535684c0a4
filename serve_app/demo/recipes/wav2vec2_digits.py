"""Wav2Vec2 that writes down the digits that a telephone dials."""

import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import (
    Wav2Vec2Config,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2Processor,
)

from serve_app.demo.languages import dialled
from serve_app.demo.recipes.base import Recipe

_BATCH = 16
_STRIDE = 80
_SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "|")


class Wav2Vec2Digits(Recipe):
    task = "automatic-speech-recognition"
    about = "Hears the tones by which a telephone dials and writes their digits, also where it is noisy."
    steps = 170
    lr = 3e-3

    def tokenizer(self) -> Any:
        characters = (*_SPECIAL, *dialled.DIGITS)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "vocab.json"
            path.write_text(json.dumps({character: id for id, character in enumerate(characters)}), "utf-8")
            tokenizer = Wav2Vec2CTCTokenizer(str(path))
        reader = Wav2Vec2FeatureExtractor(sampling_rate=dialled.RATE, do_normalize=True, return_attention_mask=True)
        return Wav2Vec2Processor(reader, tokenizer)

    def model(self, tokenizer: Any) -> Any:
        config = Wav2Vec2Config(
            vocab_size=len(tokenizer.tokenizer),
            pad_token_id=tokenizer.tokenizer.pad_token_id,
            hidden_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=128,
            conv_dim=(64, 64),
            # The first layer hears long enough to tell one pitch from the next.
            conv_kernel=(200, 3),
            conv_stride=(_STRIDE, 1),
            num_feat_extract_layers=2,
            num_conv_pos_embeddings=16,
            num_conv_pos_embedding_groups=4,
            feat_extract_norm="layer",
            conv_bias=True,
            do_stable_layer_norm=True,
            apply_spec_augment=False,
            layerdrop=0.0,
            hidden_dropout=0.0,
            attention_dropout=0.0,
            activation_dropout=0.0,
            feat_proj_dropout=0.0,
            final_dropout=0.0,
        )
        return Wav2Vec2ForCTC(config)

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        """Where each digit stands is known, and so each frame learns by itself: much sooner than from a text alone."""
        while True:
            examples = [dialled.training_example(rng) for _ in range(_BATCH)]
            batch = tokenizer.feature_extractor(
                [example.samples for example in examples],
                sampling_rate=dialled.RATE,
                padding=True,
                return_tensors="pt",
            )
            logits = model(**batch).logits
            labels = torch.stack([_labels(example, logits.shape[1], tokenizer.tokenizer) for example in examples])
            yield nn.functional.cross_entropy(logits.transpose(1, 2), labels)


def _labels(example: dialled.Dialled, frames: int, tokenizer: Any) -> Tensor:
    """The digit of each frame whose middle lies within a tone, and the blank elsewhere."""
    labels = np.full(frames, tokenizer.pad_token_id)
    ids: Sequence[int] = tokenizer.convert_tokens_to_ids(list(example.text))
    middles = np.arange(frames) * _STRIDE + 180
    for id, (start, end) in zip(ids, example.places, strict=True):
        labels[(middles >= start) & (middles < end)] = id
    return torch.from_numpy(labels)


RECIPE = Wav2Vec2Digits()
