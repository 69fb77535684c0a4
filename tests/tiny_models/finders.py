"""Models that find in a picture what words name."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import save, seed
from tests.tiny_models.bert import bert_config
from tests.tiny_models.matchers import TEXT
from tests.tiny_models.tokenizers import word_pairs, wordpiece
from tests.tiny_models.vision import SIDE


def owlvit(folder: Path) -> Path:
    """Reads every text apart from the picture."""
    from transformers import OwlViTConfig, OwlViTForObjectDetection
    from transformers.models.owlvit.image_processing_pil_owlvit import OwlViTImageProcessorPil

    OwlViTImageProcessorPil(size={"height": SIDE, "width": SIDE}).save_pretrained(folder)
    return _owl(folder, OwlViTConfig, OwlViTForObjectDetection)


def owlv2(folder: Path) -> Path:
    """The same for pictures that are padded to squares."""
    from transformers import Owlv2Config, Owlv2ForObjectDetection
    from transformers.models.owlv2.image_processing_pil_owlv2 import Owlv2ImageProcessorPil

    Owlv2ImageProcessorPil(size={"height": SIDE, "width": SIDE}).save_pretrained(folder)
    return _owl(folder, Owlv2Config, Owlv2ForObjectDetection)


def _owl(folder: Path, config_class: Any, model_class: Any) -> Path:
    seed()
    tokenizer = word_pairs(pad_token="!")
    tokenizer.model_max_length = 32
    text = {**TEXT, "vocab_size": len(tokenizer), "max_position_embeddings": 32}
    config = config_class(
        text_config=text, vision_config={**TEXT, "image_size": SIDE, "patch_size": 8}, projection_dim=32
    )
    config.initializer_factor = config.text_config.initializer_factor = config.vision_config.initializer_factor = 8.0
    return save(folder, model_class(config), tokenizer)


def grounding_dino(folder: Path) -> Path:
    """What it sees depends on what it is told to look for."""
    from transformers import GroundingDinoConfig, GroundingDinoForObjectDetection, SwinConfig
    from transformers.models.grounding_dino.image_processing_pil_grounding_dino import GroundingDinoImageProcessorPil

    text = bert_config()
    backbone = SwinConfig(
        image_size=SIDE,
        patch_size=4,
        embed_dim=8,
        depths=[1, 1, 1],
        num_heads=[1, 2, 2],
        window_size=2,
        out_features=["stage2", "stage3"],
    )
    config = GroundingDinoConfig(
        backbone_config=backbone,
        text_config=text.to_dict(),
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        num_queries=8,
        num_feature_levels=2,
        init_std=0.3,
    )
    GroundingDinoImageProcessorPil(size={"shortest_edge": SIDE, "longest_edge": 2 * SIDE}).save_pretrained(folder)
    return save(folder, GroundingDinoForObjectDetection(config), wordpiece())
