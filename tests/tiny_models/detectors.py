"""Models that find objects: with a convolutional backbone and with patches."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import save, seed

LABELS = {0: "cat", 1: "dog", 2: "remote"}
SMALL: dict[str, Any] = {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "num_queries": 12,
}


def detr(folder: Path) -> Path:
    from transformers import DetrConfig, DetrForObjectDetection
    from transformers.models.detr.image_processing_pil_detr import DetrImageProcessorPil

    seed()
    network = DetrForObjectDetection(DetrConfig(**SMALL, **around(resnet()), id2label=LABELS))
    return save(folder, varied(network, network.class_labels_classifier), DetrImageProcessorPil(size=SIZE))


def conditional_detr(folder: Path) -> Path:
    from transformers import ConditionalDetrConfig, ConditionalDetrForObjectDetection
    from transformers.models.conditional_detr.image_processing_pil_conditional_detr import (
        ConditionalDetrImageProcessorPil,
    )

    seed()
    network = ConditionalDetrForObjectDetection(ConditionalDetrConfig(**SMALL, **around(resnet()), id2label=LABELS))
    return save(folder, varied(network), ConditionalDetrImageProcessorPil(size=SIZE))


def deformable_detr(folder: Path) -> Path:
    from transformers import DeformableDetrConfig, DeformableDetrForObjectDetection
    from transformers.models.deformable_detr.image_processing_pil_deformable_detr import DeformableDetrImageProcessorPil

    seed()
    backbone = resnet("stage2", "stage3", "stage4")
    network = DeformableDetrForObjectDetection(DeformableDetrConfig(**SMALL, **around(backbone), id2label=LABELS))
    return save(folder, varied(network), DeformableDetrImageProcessorPil(size=SIZE))


def rt_detr(folder: Path) -> Path:
    from transformers import RTDetrConfig, RTDetrForObjectDetection, RTDetrResNetConfig
    from transformers.models.rt_detr.image_processing_pil_rt_detr import RTDetrImageProcessorPil

    seed()
    backbone = RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 16, 16, 16],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )
    config = RTDetrConfig(
        **SMALL,
        **around(backbone),
        encoder_hidden_dim=32,
        encoder_in_channels=[16, 16, 16],
        feat_strides=[8, 16, 32],
        decoder_in_channels=[32, 32, 32],
        id2label=LABELS,
    )
    return save(folder, varied(RTDetrForObjectDetection(config)), RTDetrImageProcessorPil(size=SQUARE))


def yolos(folder: Path) -> Path:
    from transformers import YolosConfig, YolosForObjectDetection
    from transformers.models.yolos.image_processing_pil_yolos import YolosImageProcessorPil

    seed()
    config = YolosConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        image_size=[64, 96],
        patch_size=16,
        num_detection_tokens=12,
        id2label=LABELS,
    )
    return save(folder, varied(YolosForObjectDetection(config)), YolosImageProcessorPil(size=SIZE))


SIZE = {"shortest_edge": 64, "longest_edge": 96}
SQUARE = {"height": 64, "width": 64}


def resnet(*stages: str) -> Any:
    from transformers import ResNetConfig

    return ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16, 16, 16], depths=[1, 1, 1, 1], out_features=[*(stages or ("stage4",))]
    )


def around(backbone: Any) -> dict[str, Any]:
    """What keeps a detector away from timm."""
    return {"use_timm_backbone": False, "use_pretrained_backbone": False, "backbone": None, "backbone_config": backbone}


def varied(network: Any, classifier: Any = None) -> Any:
    """Weights so large that queries, images and boxes differ; those of convolutions stay as they are.

    The last label of a classifier stands for nothing at all, which it would else see everywhere.
    """
    import torch

    with torch.no_grad():
        for name, weight in network.named_parameters():
            if any(word in name for word in ("query_position", "query_embed", "detection_tokens")):
                weight.normal_(0, 3)
            elif weight.ndim == 2:
                weight.normal_(0, 0.35)
        if classifier is not None:
            classifier.bias[-1] = -6
    return network
