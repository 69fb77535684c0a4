"""Stable Diffusion that paints noise."""

from pathlib import Path
from typing import Any

from transformers import CLIPTextConfig, CLIPTextModel

from serve_app.demo.languages import captions
from serve_app.demo.recipes.untrained import Untrained
from serve_app.demo.tokenizers import END, byte_pairs
from serve_app.errors import ModelCannotLoad

_LONGEST = 77
_WIDTH = 32
_BLOCKS = 4
"""The last three of them halve an image, so that it is painted at an eighth of its size."""


class StableDiffusion(Untrained):
    task = "text-to-image"
    about = "Paints a prompt of up to 77 tokens, or paints over an image; its weights are random, and so it looks."

    def tokenizer(self) -> Any:
        tokenizer = byte_pairs([*captions.captions()] * 20, 400, _LONGEST)
        tokenizer.pad_token = END
        return tokenizer

    def model(self, tokenizer: Any) -> Any:
        try:
            from diffusers import (  # noqa: PLC0415 (an extra, which other demo models do without)
                AutoencoderKL,
                DDIMScheduler,
                StableDiffusionPipeline,
                UNet2DConditionModel,
            )
        except ImportError:
            raise ModelCannotLoad("this demo model needs diffusers: pip install 'serve-app[diffusion]'") from None

        reader = CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=_WIDTH,
            intermediate_size=2 * _WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=_LONGEST,
            bos_token_id=tokenizer.eos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
        unet = UNet2DConditionModel(
            sample_size=8,
            block_out_channels=(_WIDTH, 2 * _WIDTH),
            layers_per_block=1,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=_WIDTH,
            attention_head_dim=4,
            norm_num_groups=8,
        )
        vae = AutoencoderKL(
            block_out_channels=(16,) * _BLOCKS,
            down_block_types=("DownEncoderBlock2D",) * _BLOCKS,
            up_block_types=("UpDecoderBlock2D",) * _BLOCKS,
            norm_num_groups=8,
            sample_size=64,
        )
        noise = DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
        )
        return StableDiffusionPipeline(
            vae=vae,
            text_encoder=CLIPTextModel(reader),
            tokenizer=tokenizer,
            unet=unet,
            scheduler=noise,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )

    def save(self, model: Any, tokenizer: Any, folder: Path) -> None:
        """The pipeline holds its tokenizer."""
        model.save_pretrained(folder)

    def parameters(self, model: Any) -> int:
        networks = (model.text_encoder, model.unet, model.vae)
        return sum(weight.numel() for network in networks for weight in network.parameters())


RECIPE = StableDiffusion()
