"""ViT and GPT-2 that write about images, without sense."""

from typing import Any

from transformers import (
    GenerationConfig,
    GPT2Config,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
)

from serve_app.demo.languages import captions
from serve_app.demo.languages.shapes import SIDE
from serve_app.demo.recipes.untrained import Untrained
from serve_app.demo.seeing import PATCH, SMALL, square_images
from serve_app.demo.tokenizers import byte_pairs

_LONGEST = 128


class ViTGPT2(Untrained):
    task = "image-to-text"
    about = "Writes about images; its weights are random, and so is what it writes."

    def tokenizer(self) -> Any:
        return byte_pairs([*captions.captions()] * 20, 400, _LONGEST)

    def model(self, tokenizer: Any) -> Any:
        end = tokenizer.eos_token_id
        special = {"bos_token_id": end, "eos_token_id": end, "pad_token_id": end}
        writing = GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=_LONGEST,
            n_embd=64,
            n_layer=2,
            n_head=4,
            initializer_range=0.2,
            **special,
        )
        seeing = ViTConfig(**SMALL, image_size=SIDE, patch_size=PATCH, initializer_range=0.2)
        config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(seeing, writing)
        config.update({**special, "decoder_start_token_id": end})
        model = VisionEncoderDecoderModel(config)
        # Single bytes, drawn without sense, would rarely make a character.
        bytes_alone = [id for piece, id in tokenizer.get_vocab().items() if len(piece) == 1]
        model.generation_config = GenerationConfig(
            max_new_tokens=16, decoder_start_token_id=end, suppress_tokens=bytes_alone, **special
        )
        return model

    def save(self, model: Any, tokenizer: Any, folder: Any) -> None:
        """Models of this kind come without a processor of their own for both halves."""
        super().save(model, tokenizer, folder)
        square_images(SIDE).save_pretrained(folder)


RECIPE = ViTGPT2()
