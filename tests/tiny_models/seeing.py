"""Decoders that read images: one whose images follow each other, one whose prompts have their images apart."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import seed
from tests.tiny_models.chat import BEGIN, END, chat_tokenizer
from tests.tiny_models.vision import SIDE

IMAGE = "<image>"
PATCH = 8
TEMPLATE = """\
{{ bos_token }}
{%- if tools %}<|im_start|>system
{% for tool in tools %}{{ tool.function | tojson }}
{% endfor %}Call like <tool_call>{"name": ..., "arguments": ...}</tool_call>.<|im_end|>
{% endif %}
{%- for message in messages %}
    {{- "<|im_start|>" + message.role + "\n" }}
    {%- for part in message.content %}
        {%- if part.type == "image" %}<image>{% else %}{{ part.text }}{% endif %}
    {%- endfor %}
    {{- "<|im_end|>\n" }}
{%- endfor %}
{%- if add_generation_prompt %}{{ "<|im_start|>assistant\n" }}{% endif %}
"""
_TEXT: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "initializer_range": 0.3,
}
_SIGHT: dict[str, Any] = {**_TEXT, "image_size": SIDE, "patch_size": PATCH}


def llava(folder: Path) -> Path:
    """Sixteen tokens for each image."""
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    seed()
    tokenizer = chat_tokenizer(IMAGE)
    sizes = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}}
    processor = LlavaProcessor(
        CLIPImageProcessorPil(**sizes),
        tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=TEMPLATE,
    )
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**_SIGHT),
        text_config=_text_config(LlamaConfig, tokenizer),
        image_token_index=tokenizer.convert_tokens_to_ids(IMAGE),
        image_seq_length=(SIDE // PATCH) ** 2,
        vision_feature_layer=-1,
    )
    return _saved(folder, LlavaForConditionalGeneration(config), processor)


def idefics3(folder: Path) -> Path:
    """Images are split, so that larger ones take more tokens, and a prompt has all of its images in one row."""
    from transformers import Idefics3Config, Idefics3ForConditionalGeneration, Idefics3Processor, LlamaConfig
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    seed()
    around = ["<fake_token_around_image>", "<global-img>", "<end_of_utterance>"]
    around += [f"<row_{row}_col_{column}>" for row in range(1, 3) for column in range(1, 3)]
    tokenizer = chat_tokenizer(IMAGE, *around)
    images = Idefics3ImageProcessorPil(size={"longest_edge": 2 * SIDE}, max_image_size={"longest_edge": SIDE})
    processor = Idefics3Processor(images, tokenizer, image_seq_len=4, chat_template=TEMPLATE)
    config = Idefics3Config(
        vision_config=_SIGHT,
        text_config=_text_config(LlamaConfig, tokenizer),
        scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids(IMAGE),
    )
    return _saved(folder, Idefics3ForConditionalGeneration(config), processor)


def paligemma(folder: Path) -> Path:
    """Prompts begin with their image and tell of each token what it is; there is no template for chats."""
    from transformers import PaliGemmaConfig, PaliGemmaForConditionalGeneration, PaliGemmaProcessor
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    seed()
    tokenizer = chat_tokenizer(IMAGE)
    tokenizer.chat_template = None
    images = SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    images.image_seq_length = (SIDE // PATCH) ** 2
    processor = PaliGemmaProcessor(images, tokenizer)
    # The processor brings more than a thousand tokens of its own.
    more = {"vocab_size": len(processor.tokenizer), "num_key_value_heads": 4, "head_dim": 8, "pad_token_id": 0}
    config = PaliGemmaConfig(
        vision_config={**_SIGHT, "model_type": "siglip_vision_model", "projection_dim": 32},
        text_config={**_TEXT, "model_type": "gemma", **more},
        image_token_index=tokenizer.convert_tokens_to_ids(IMAGE),
        projection_dim=32,
    )
    return _saved(folder, PaliGemmaForConditionalGeneration(config), processor)


def _text_config(kind: Any, tokenizer: Any) -> Any:
    return kind(
        **_TEXT,
        vocab_size=len(tokenizer),
        max_position_embeddings=1024,
        bos_token_id=tokenizer.convert_tokens_to_ids(BEGIN),
        eos_token_id=tokenizer.convert_tokens_to_ids(END),
        pad_token_id=0,
    )


def _saved(folder: Path, network: Any, processor: Any) -> Path:
    network.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
