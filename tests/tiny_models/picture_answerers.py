"""Models that answer questions about pictures."""

from pathlib import Path

from tests.tiny_models.base import save, seed
from tests.tiny_models.captioners import blip_parts
from tests.tiny_models.tokenizers import wordpiece
from tests.tiny_models.vision import SIDE, SMALL


def vilt(folder: Path) -> Path:
    """Knows six answers, and pictures of any shape."""
    from transformers import ViltConfig, ViltForQuestionAnswering, ViltProcessor
    from transformers.models.vilt.image_processing_pil_vilt import ViltImageProcessorPil

    seed()
    tokenizer = wordpiece()
    labels = dict(enumerate(("yes", "no", "red", "blue", "two", "a star")))
    config = ViltConfig(
        **SMALL,
        vocab_size=len(tokenizer),
        max_position_embeddings=40,
        image_size=SIDE,
        patch_size=8,
        id2label=labels,
        label2id={label: id for id, label in labels.items()},
    )
    tokenizer.model_max_length = 40
    images = ViltImageProcessorPil(size={"shortest_edge": SIDE}, size_divisor=8)
    return save(folder, ViltForQuestionAnswering(config), ViltProcessor(images, tokenizer))


def blip_vqa(folder: Path) -> Path:
    """Writes its answers."""
    from transformers import BlipConfig, BlipForQuestionAnswering, BlipProcessor
    from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

    seed()
    tokenizer = wordpiece()
    network = BlipForQuestionAnswering(BlipConfig(**blip_parts(len(tokenizer)), initializer_range=0.3))
    images = BlipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    return save(folder, network, BlipProcessor(images, tokenizer))
