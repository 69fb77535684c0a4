"""Models that write about pictures."""

from pathlib import Path

from tests.tiny_models.base import save, seed
from tests.tiny_models.matchers import TEXT, clip_processor
from tests.tiny_models.tokenizers import byte_level, wordpiece
from tests.tiny_models.vision import SIDE, SMALL, vit_processor


def vit_gpt2(folder: Path) -> Path:
    """An encoder that sees and a decoder that writes."""
    from transformers import GPT2Config, VisionEncoderDecoderConfig, VisionEncoderDecoderModel, ViTConfig

    seed()
    tokenizer = byte_level()
    end = tokenizer.eos_token_id
    seeing = ViTConfig(**SMALL, image_size=SIDE, patch_size=8)
    writing = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=64,
        n_embd=32,
        n_layer=2,
        n_head=4,
        bos_token_id=end,
        eos_token_id=end,
        initializer_range=0.5,
    )
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(seeing, writing)
    config.decoder_start_token_id = config.pad_token_id = config.eos_token_id = end
    network = VisionEncoderDecoderModel(config)
    network.generation_config.update(decoder_start_token_id=end, pad_token_id=end, eos_token_id=end)
    tokenizer.model_max_length = 64
    vit_processor().save_pretrained(folder)
    return save(folder, network, tokenizer)


def blip(folder: Path) -> Path:
    """BLIP's captions, saved with a processor as its makers do."""
    from transformers import BlipConfig, BlipForConditionalGeneration, BlipProcessor
    from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

    seed()
    tokenizer = wordpiece()
    network = BlipForConditionalGeneration(BlipConfig(**blip_parts(len(tokenizer)), initializer_range=0.3))
    processor = BlipProcessor(BlipImageProcessorPil(size={"height": SIDE, "width": SIDE}), tokenizer)
    return save(folder, network, processor)


def git(folder: Path) -> Path:
    """A decoder in front of whose text the image stands."""
    from transformers import GitConfig, GitForCausalLM, GitProcessor

    seed()
    tokenizer = wordpiece()
    ends = {"bos_token_id": tokenizer.cls_token_id, "eos_token_id": tokenizer.sep_token_id, "pad_token_id": 0}
    config = GitConfig(
        **SMALL,
        **ends,
        vision_config={**TEXT, "image_size": SIDE, "patch_size": 8},
        vocab_size=len(tokenizer),
        max_position_embeddings=64,
    )
    return save(folder, GitForCausalLM(config), GitProcessor(clip_processor(), tokenizer))


def blip_parts(vocabulary: int) -> dict[str, dict[str, object]]:
    """Both halves of every BLIP."""
    ends = {"bos_token_id": 2, "sep_token_id": 3, "eos_token_id": 3, "pad_token_id": 0}
    text = {**SMALL, **ends, "vocab_size": vocabulary, "max_position_embeddings": 64, "encoder_hidden_size": 32}
    return {"text_config": text, "vision_config": {**SMALL, "image_size": SIDE, "patch_size": 8}}
