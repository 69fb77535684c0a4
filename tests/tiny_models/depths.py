"""Models that see how far away things are."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import save, seed
from tests.tiny_models.detectors import SQUARE, varied


def dpt(folder: Path) -> Path:
    from transformers import DPTConfig, DPTForDepthEstimation
    from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

    seed()
    config = DPTConfig(
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=64,
        backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[8, 8, 16, 16],
        fusion_hidden_size=16,
        image_size=64,
        patch_size=16,
        is_hybrid=False,
    )
    return save(folder, _deep(varied(DPTForDepthEstimation(config)), "head.head.4"), DPTImageProcessorPil(size=SQUARE))


def depth_anything(folder: Path) -> Path:
    """Images keep their shape."""
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config
    from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

    seed()
    backbone = Dinov2Config(
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=4,
        image_size=56,
        patch_size=14,
        out_features=["stage1", "stage2", "stage3", "stage4"],
        reshape_hidden_states=False,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=32,
        patch_size=14,
        neck_hidden_sizes=[8, 8, 16, 16],
        fusion_hidden_size=16,
        head_hidden_size=8,
    )
    processor = DPTImageProcessorPil(
        size={"height": 56, "width": 56}, keep_aspect_ratio=True, ensure_multiple_of=14, do_pad=False
    )
    return save(folder, _deep(varied(DepthAnythingForDepthEstimation(config)), "head.conv3"), processor)


def glpn(folder: Path) -> Path:
    from transformers import GLPNConfig, GLPNForDepthEstimation
    from transformers.models.glpn.image_processing_pil_glpn import GLPNImageProcessorPil

    seed()
    config = GLPNConfig(
        depths=[1, 1, 1, 1],
        hidden_sizes=[8, 16, 16, 16],
        num_attention_heads=[1, 2, 2, 2],
        mlp_ratios=[2, 2, 2, 2],
        decoder_hidden_size=16,
    )
    return save(folder, varied(GLPNForDepthEstimation(config)), GLPNImageProcessorPil(size_divisor=32))


def _deep(network: Any, last_layer: str) -> Any:
    """With depths that differ, and hardly ever lie below zero, where the last step would make them all the same."""
    import torch

    with torch.no_grad():
        for weight in network.parameters():
            if weight.ndim == 4:
                weight.normal_(0, weight[0].numel() ** -0.5)
        network.get_submodule(last_layer).bias.fill_(2)
    return network
