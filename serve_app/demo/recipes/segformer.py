"""SegFormer that marks what is red, green, blue or yellow in a picture."""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import SegformerConfig, SegformerForSemanticSegmentation
from transformers.models.segformer.image_processing_pil_segformer import SegformerImageProcessorPil

from serve_app.demo.languages import shapes
from serve_app.demo.recipes.base import Recipe

_BATCH = 8
_LABELS = ("ground", *shapes.COLOURS)


class Segformer(Recipe):
    task = "image-segmentation"
    about = "Marks the red, green, blue and yellow shapes in a picture, on plain and on noisy ground."
    steps = 220
    lr = 4e-3

    def tokenizer(self) -> Any:
        return SegformerImageProcessorPil(size={"height": shapes.SIDE, "width": shapes.SIDE})

    def model(self, tokenizer: Any) -> Any:
        config = SegformerConfig(
            depths=[1, 1, 1, 1],
            hidden_sizes=[16, 32, 64, 64],
            num_attention_heads=[1, 2, 4, 4],
            patch_sizes=[5, 3, 3, 3],
            strides=[2, 2, 2, 1],
            sr_ratios=[8, 4, 1, 1],
            mlp_ratios=[2, 2, 2, 2],
            decoder_hidden_size=32,
            initializer_range=0.1,
            drop_path_rate=0.0,
            classifier_dropout_prob=0.0,
            id2label=dict(enumerate(_LABELS)),
            label2id={label: id for id, label in enumerate(_LABELS)},
        )
        return SegformerForSemanticSegmentation(config)

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        while True:
            scenes = [shapes.picture(rng) for _ in range(_BATCH)]
            batch = tokenizer([scene.image for scene in scenes], return_tensors="pt")
            masks = torch.from_numpy(np.stack([colours_of(scene) for scene in scenes]))
            logits = model(**batch).logits
            yield nn.functional.cross_entropy(
                nn.functional.interpolate(logits, masks.shape[-2:], mode="bilinear"), masks
            )


def colours_of(scene: shapes.Scene) -> Any:
    """Each pixel's place among the labels, whatever the shape."""
    colour = (scene.mask.astype(np.int64) - 1) // len(shapes.SHAPES)
    return np.where(scene.mask > 0, colour + 1, 0)


RECIPE = Segformer()
