"""Models that read documents."""

from pathlib import Path

from tests.tiny_models.base import save, seed
from tests.tiny_models.tokenizers import pieces, unigram, wordpiece
from tests.tiny_models.vision import SMALL


def layoutlm(folder: Path) -> Path:
    """Knows words by their places on the page."""
    from transformers import LayoutLMConfig, LayoutLMForQuestionAnswering

    seed()
    config = LayoutLMConfig(**SMALL, vocab_size=len(pieces()), max_position_embeddings=64)
    tokenizer = wordpiece()
    tokenizer.backend_tokenizer.post_processor = _pairs()
    tokenizer.model_max_length = 64
    return save(folder, LayoutLMForQuestionAnswering(config), tokenizer)


def _pairs() -> object:
    from tokenizers.processors import BertProcessing

    return BertProcessing(("[SEP]", 3), ("[CLS]", 2))


def donut(folder: Path) -> Path:
    """Sees the page and writes."""
    from transformers import (
        DonutProcessor,
        DonutSwinConfig,
        MBartConfig,
        VisionEncoderDecoderConfig,
        VisionEncoderDecoderModel,
    )
    from transformers.models.donut.image_processing_pil_donut import DonutImageProcessorPil

    seed()
    tokenizer = unigram()
    marks = ["<s_docvqa>", "<s_question>", "</s_question>", "<s_answer>", "</s_answer>"]
    tokenizer.add_special_tokens({"additional_special_tokens": marks})
    seeing = DonutSwinConfig(
        image_size=[64, 48], patch_size=4, embed_dim=8, depths=[1, 1], num_heads=[2, 2], window_size=2
    )
    writing = MBartConfig(
        vocab_size=len(tokenizer),
        d_model=16,
        decoder_layers=2,
        decoder_attention_heads=4,
        decoder_ffn_dim=32,
        max_position_embeddings=96,
        init_std=0.5,
        is_decoder=True,
        add_cross_attention=True,
        eos_token_id=1,
        pad_token_id=0,
    )
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(seeing, writing)
    config.decoder_start_token_id, config.pad_token_id, config.eos_token_id = 1, 0, 1
    network = VisionEncoderDecoderModel(config)
    network.generation_config.update(decoder_start_token_id=1, pad_token_id=0, eos_token_id=1, max_new_tokens=24)
    ends, often = tokenizer.convert_tokens_to_ids(["</s_answer>", "▁the"])
    network.get_output_embeddings().weight.data[ends] = 1.1 * network.get_output_embeddings().weight.data[often]
    images = DonutImageProcessorPil(size={"height": 64, "width": 48})
    return save(folder, network, DonutProcessor(images, tokenizer))
