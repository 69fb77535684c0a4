"""What the demo models that see share: a processor for square images, and the shape of a small transformer."""

from typing import Any

from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

PATCH = 16
SMALL: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}


def square_images(side: int) -> Any:
    """Every image is resized to a square, and its colours lie between -1 and 1."""
    return ViTImageProcessorPil(size={"height": side, "width": side})
