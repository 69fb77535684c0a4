"""A model that makes masks of points."""

from pathlib import Path

from tests.tiny_models.base import save, seed
from tests.tiny_models.detectors import varied

SIDE = 64


def sam(folder: Path) -> Path:
    import torch
    from transformers import (
        SamConfig,
        SamMaskDecoderConfig,
        SamModel,
        SamPromptEncoderConfig,
        SamVisionConfig,
    )
    from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

    seed()
    vision = SamVisionConfig(
        hidden_size=32,
        output_channels=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        mlp_dim=64,
        image_size=SIDE,
        patch_size=8,
        window_size=4,
        global_attn_indexes=[1],
        num_pos_feats=8,
    )
    prompts = SamPromptEncoderConfig(hidden_size=16, image_size=SIDE, patch_size=8, mask_input_channels=4)
    decoder = SamMaskDecoderConfig(
        hidden_size=16, mlp_dim=32, num_hidden_layers=2, num_attention_heads=4, iou_head_hidden_dim=16
    )
    network = varied(
        SamModel(
            SamConfig(
                vision_config=vision.to_dict(),
                prompt_encoder_config=prompts.to_dict(),
                mask_decoder_config=decoder.to_dict(),
            )
        )
    )
    with torch.no_grad():
        # Else its masks would have no clear edges, and it would take none of them for good.
        for head in network.mask_decoder.output_hypernetworks_mlps:
            head.proj_out.weight.mul_(5000)
        network.mask_decoder.iou_prediction_head.proj_out.bias.fill_(0.9)
    processor = SamImageProcessorPil(size={"longest_edge": SIDE}, pad_size={"height": SIDE, "width": SIDE})
    return save(folder, network, processor)
