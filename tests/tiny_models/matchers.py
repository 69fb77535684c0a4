"""Models that say how well words fit a picture."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import save, seed
from tests.tiny_models.tokenizers import unigram, word_pairs
from tests.tiny_models.vision import SIDE, SMALL

TEXT = {key: value for key, value in SMALL.items() if key != "initializer_range"}


def clip(folder: Path) -> Path:
    """Scores that add up to one."""
    from transformers import CLIPConfig, CLIPModel

    seed()
    tokenizer = word_pairs()
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    text = {**TEXT, **ends, "vocab_size": len(tokenizer), "max_position_embeddings": 77, "pad_token_id": 61}
    config = CLIPConfig(
        text_config=text, vision_config={**TEXT, "image_size": SIDE, "patch_size": 8}, projection_dim=16
    )
    config.initializer_factor = config.text_config.initializer_factor = config.vision_config.initializer_factor = 8.0
    clip_processor().save_pretrained(folder)
    return save(folder, CLIPModel(config), tokenizer)


def siglip(folder: Path) -> Path:
    """Each score by itself, and every text as long as any may be."""
    from transformers import SiglipConfig, SiglipModel
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    seed()
    tokenizer = unigram()
    tokenizer.model_input_names = ["input_ids"]
    tokenizer.model_max_length = 64
    text = {**TEXT, "vocab_size": len(tokenizer), "max_position_embeddings": 64, "projection_size": 32}
    config = SiglipConfig(text_config=text, vision_config={**TEXT, "image_size": SIDE, "patch_size": 8})
    SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE}).save_pretrained(folder)
    return save(folder, SiglipModel(config), tokenizer)


def clip_processor() -> Any:
    from transformers import AutoImageProcessor  # noqa: F401 (loading it first is what its modules expect)
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    return CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
