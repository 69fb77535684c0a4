"""Models that tell of each pixel what it belongs to: by label, and by query."""

from pathlib import Path

from tests.tiny_models.base import save, seed
from tests.tiny_models.detectors import LABELS, SIZE, SMALL, SQUARE, around, resnet, varied


def segformer(folder: Path) -> Path:
    from transformers import SegformerConfig, SegformerForSemanticSegmentation
    from transformers.models.segformer.image_processing_pil_segformer import SegformerImageProcessorPil

    seed()
    config = SegformerConfig(
        depths=[1, 1, 1, 1],
        hidden_sizes=[8, 16, 16, 16],
        num_attention_heads=[1, 2, 2, 2],
        decoder_hidden_size=16,
        mlp_ratios=[2, 2, 2, 2],
        id2label=LABELS,
    )
    return save(folder, varied(SegformerForSemanticSegmentation(config)), SegformerImageProcessorPil(size=SQUARE))


def detr_panoptic(folder: Path) -> Path:
    import torch
    from transformers import DetrConfig, DetrForSegmentation
    from transformers.models.detr.image_processing_pil_detr import DetrImageProcessorPil

    seed()
    backbone = resnet("stage1", "stage2", "stage3", "stage4")
    larger = SMALL | {"d_model": 64, "encoder_attention_heads": 8, "decoder_attention_heads": 8}
    network = DetrForSegmentation(DetrConfig(**larger, **around(backbone), id2label=LABELS))
    with torch.no_grad():
        # Without it every mask covers the whole image.
        network.mask_head.output_conv.weight.normal_(0, 1)
    return save(folder, varied(network, network.detr.class_labels_classifier), DetrImageProcessorPil(size=SIZE))


def maskformer(folder: Path) -> Path:
    from transformers import DetrConfig, MaskFormerConfig, MaskFormerForInstanceSegmentation, SwinConfig
    from transformers.models.maskformer.image_processing_pil_maskformer import MaskFormerImageProcessorPil

    seed()
    config = MaskFormerConfig(
        fpn_feature_size=32,
        mask_feature_size=32,
        backbone_config=SwinConfig(**SWIN),
        decoder_config=DetrConfig(**SMALL),
        id2label=LABELS,
    )
    network = MaskFormerForInstanceSegmentation(config)
    return save(
        folder, varied(network, network.class_predictor), MaskFormerImageProcessorPil(size=SIZE, ignore_index=255)
    )


def mask2former(folder: Path) -> Path:
    from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation, SwinConfig
    from transformers.models.mask2former.image_processing_pil_mask2former import Mask2FormerImageProcessorPil

    seed()
    config = Mask2FormerConfig(
        feature_size=32,
        mask_feature_size=32,
        hidden_dim=32,
        encoder_feedforward_dim=64,
        encoder_layers=1,
        decoder_layers=2,
        num_attention_heads=4,
        dim_feedforward=64,
        num_queries=12,
        backbone_config=SwinConfig(**SWIN),
        id2label=LABELS,
    )
    network = Mask2FormerForUniversalSegmentation(config)
    return save(
        folder, varied(network, network.class_predictor), Mask2FormerImageProcessorPil(size=SIZE, ignore_index=255)
    )


SWIN = {
    "image_size": 64,
    "embed_dim": 8,
    "depths": [1, 1, 1, 1],
    "num_heads": [1, 2, 2, 2],
    "window_size": 4,
    "out_features": ["stage1", "stage2", "stage3", "stage4"],
}
