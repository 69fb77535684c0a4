"""ViT that makes vectors of images."""

from typing import Any

from transformers import ViTConfig, ViTModel

from serve_app.demo.languages.shapes import SIDE
from serve_app.demo.recipes.untrained import Untrained
from serve_app.demo.seeing import PATCH, SMALL, square_images


class ViT(Untrained):
    task = "image-feature-extraction"
    about = "Makes a vector of an image and one of each of its parts; its weights are random, and so they mean nothing."

    def tokenizer(self) -> Any:
        return square_images(SIDE)

    def model(self, tokenizer: Any) -> Any:
        return ViTModel(ViTConfig(**SMALL, image_size=SIDE, patch_size=PATCH, initializer_range=0.1))


RECIPE = ViT()
