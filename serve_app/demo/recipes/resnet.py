"""ResNet that tells the colour and the shape of what it sees."""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import ResNetConfig, ResNetForImageClassification

from serve_app.demo.languages import lone_shapes
from serve_app.demo.languages.shapes import LABELS, SIDE
from serve_app.demo.recipes.base import Recipe
from serve_app.demo.seeing import square_images

_BATCH = 64
# Drawing a picture takes half as long as learning from it, so each is looked at five times, half of them mirrored.
_PICTURES = 5120


class ResNet(Recipe):
    task = "image-classification"
    about = "Says which of four shapes in which of four colours a picture shows, such as a green triangle."
    steps = 400
    lr = 8e-3

    def tokenizer(self) -> Any:
        return square_images(SIDE)

    def model(self, tokenizer: Any) -> Any:
        config = ResNetConfig(
            embedding_size=16,
            hidden_sizes=[32, 64, 64],
            depths=[1, 1, 1],
            layer_type="basic",
            id2label=dict(enumerate(LABELS)),
            label2id={label: id for id, label in enumerate(LABELS)},
        )
        return ResNetForImageClassification(config)

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        shown = [lone_shapes.training_example(rng) for _ in range(_PICTURES)]
        pixels = torch.from_numpy(np.stack(tokenizer([each.image for each in shown])["pixel_values"]))
        labels = torch.tensor([LABELS.index(each.label) for each in shown])
        while True:
            chosen = torch.tensor(rng.sample(range(_PICTURES), _BATCH))
            seen = pixels[chosen].flip(3) if rng.random() < 0.5 else pixels[chosen]
            yield model(pixel_values=seen, labels=labels[chosen]).loss


RECIPE = ResNet()
