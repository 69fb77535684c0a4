"""Models that see, with image processors that need no torchvision."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import save, seed

SIDE = 32


def vit(folder: Path) -> Path:
    """A classifier with three labels."""
    from transformers import ViTConfig, ViTForImageClassification

    seed()
    labels = {0: "circle", 1: "square", 2: "star"}
    config = ViTConfig(
        **SMALL, image_size=SIDE, patch_size=8, id2label=labels, label2id={label: n for n, label in labels.items()}
    )
    return save(folder, ViTForImageClassification(config), vit_processor())


def vit_bare(folder: Path) -> Path:
    """A ViT without a head, and with a vector for the whole image."""
    from transformers import ViTConfig, ViTModel

    seed()
    return save(folder, ViTModel(ViTConfig(**SMALL, image_size=SIDE, patch_size=8)), vit_processor())


def convnext(folder: Path) -> Path:
    """What it sees has two dimensions."""
    from transformers import AutoImageProcessor, ConvNextConfig, ConvNextModel  # noqa: F401
    from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil

    seed()
    config = ConvNextConfig(hidden_sizes=[8, 8, 16, 16], depths=[1, 1, 1, 1], image_size=SIDE, initializer_range=0.3)
    return save(folder, ConvNextModel(config), ConvNextImageProcessorPil(size={"shortest_edge": SIDE}))


SMALL: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "initializer_range": 0.3,
}


def vit_processor() -> Any:
    from transformers import AutoImageProcessor, ViTConfig  # noqa: F401
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    return ViTImageProcessorPil(size={"height": SIDE, "width": SIDE})
