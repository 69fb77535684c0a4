"""CLIP that compares images with texts, without sense."""

from typing import Any

from transformers import CLIPConfig, CLIPModel, CLIPProcessor
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from serve_app.demo.languages import captions
from serve_app.demo.languages.shapes import SIDE
from serve_app.demo.recipes.untrained import Untrained
from serve_app.demo.seeing import PATCH, SMALL
from serve_app.demo.tokenizers import clip_pairs

_LONGEST = 77


class Clip(Untrained):
    task = "zero-shot-image-classification"
    about = "Scores how well each of some labels fits an image; its weights are random, and so are the scores."

    def tokenizer(self) -> Any:
        images = CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
        return CLIPProcessor(images, clip_pairs(captions.captions(), _LONGEST))

    def model(self, tokenizer: Any) -> Any:
        words = tokenizer.tokenizer
        special = {
            "bos_token_id": words.bos_token_id,
            "eos_token_id": words.eos_token_id,
            "pad_token_id": words.pad_token_id,
        }
        config = CLIPConfig(
            text_config={**SMALL, **special, "vocab_size": len(words), "max_position_embeddings": _LONGEST},
            vision_config={**SMALL, "image_size": SIDE, "patch_size": PATCH},
            projection_dim=32,
        )
        return CLIPModel(config)


RECIPE = Clip()
