"""DPT that sees depth where there is none."""

from typing import Any

from transformers import DPTConfig, DPTForDepthEstimation
from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

from serve_app.demo.languages import shapes
from serve_app.demo.recipes.untrained import Untrained


class Dpt(Untrained):
    task = "depth-estimation"
    about = "Draws how far away each pixel of a picture is; its weights are random, and so are its depths."

    def tokenizer(self) -> Any:
        return DPTImageProcessorPil(size={"height": shapes.SIDE, "width": shapes.SIDE})

    def model(self, tokenizer: Any) -> Any:
        config = DPTConfig(
            hidden_size=64,
            num_hidden_layers=4,
            num_attention_heads=4,
            intermediate_size=128,
            backbone_out_indices=[0, 1, 2, 3],
            neck_hidden_sizes=[16, 16, 32, 32],
            fusion_hidden_size=32,
            image_size=shapes.SIDE,
            patch_size=8,
            is_hybrid=False,
            initializer_range=0.1,
        )
        return DPTForDepthEstimation(config)


RECIPE = Dpt()
