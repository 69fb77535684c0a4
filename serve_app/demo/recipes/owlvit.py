"""OWL-ViT that looks for what it is told to, without sense."""

from typing import Any

import torch
from transformers import OwlViTConfig, OwlViTForObjectDetection, OwlViTProcessor
from transformers.models.owlvit.image_processing_pil_owlvit import OwlViTImageProcessorPil

from serve_app.demo.languages import captions
from serve_app.demo.languages.shapes import SIDE
from serve_app.demo.recipes.untrained import Untrained
from serve_app.demo.seeing import PATCH, SMALL
from serve_app.demo.tokenizers import clip_pairs

_LONGEST = 32
_CALM = 0.02


class OwlViT(Untrained):
    task = "zero-shot-object-detection"
    about = "Looks in an image for whatever it is told to; its weights are random, and so is what it finds."

    def tokenizer(self) -> Any:
        # Its padding is the first token, by which it knows texts that are nothing but padding.
        words = clip_pairs(captions.captions(), _LONGEST, pad_token="!")
        return OwlViTProcessor(OwlViTImageProcessorPil(size={"height": SIDE, "width": SIDE}), words)

    def model(self, tokenizer: Any) -> Any:
        text = {**SMALL, "vocab_size": len(tokenizer.tokenizer), "max_position_embeddings": _LONGEST}
        seeing = {**SMALL, "image_size": SIDE, "patch_size": PATCH}
        config = OwlViTConfig(text_config=text, vision_config=seeing, projection_dim=SMALL["hidden_size"])
        model = OwlViTForObjectDetection(config)
        # Boxes of some size near their part of the image, and scores that differ.
        for layer in (model.box_head.dense2, model.class_head.logit_shift, model.class_head.logit_scale):
            torch.nn.init.normal_(layer.weight, std=_CALM)
        return model


RECIPE = OwlViT()
