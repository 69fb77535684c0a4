"""SAM that cuts pictures into pieces at random."""

from typing import Any

import torch
from transformers import SamConfig, SamMaskDecoderConfig, SamModel, SamPromptEncoderConfig, SamVisionConfig
from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

from serve_app.demo.languages import shapes
from serve_app.demo.recipes.untrained import Untrained

_WIDTH, _PATCH = 32, 8


class Sam(Untrained):
    task = "mask-generation"
    about = "Makes masks of what lies at points of a picture; its weights are random, and so are its masks."

    def tokenizer(self) -> Any:
        side = shapes.SIDE
        return SamImageProcessorPil(size={"longest_edge": side}, pad_size={"height": side, "width": side})

    def model(self, tokenizer: Any) -> Any:
        seen = SamVisionConfig(
            hidden_size=64,
            output_channels=_WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            mlp_dim=128,
            image_size=shapes.SIDE,
            patch_size=_PATCH,
            window_size=4,
            global_attn_indexes=[1],
            num_pos_feats=_WIDTH // 2,
            initializer_range=0.1,
        )
        asked = SamPromptEncoderConfig(hidden_size=_WIDTH, image_size=shapes.SIDE, patch_size=_PATCH)
        told = SamMaskDecoderConfig(
            hidden_size=_WIDTH, mlp_dim=64, num_attention_heads=4, iou_head_hidden_dim=_WIDTH, iou_head_depth=2
        )
        parts = {"vision_config": seen, "prompt_encoder_config": asked, "mask_decoder_config": told}
        model = SamModel(SamConfig(**{name: part.to_dict() for name, part in parts.items()}, initializer_range=0.1))
        with torch.no_grad():
            # It would take none of its own masks for good, and none of them would have a clear edge.
            model.mask_decoder.iou_prediction_head.proj_out.bias.fill_(0.95)
            for head in model.mask_decoder.output_hypernetworks_mlps:
                head.proj_out.weight.mul_(5000)
        return model


RECIPE = Sam()
