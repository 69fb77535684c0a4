"""LLaVA that reads images and writes without sense."""

from typing import Any

from transformers import (
    CLIPVisionConfig,
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from serve_app.demo.languages import captions
from serve_app.demo.recipes.chat_format import START
from serve_app.demo.recipes.untrained import Untrained
from serve_app.demo.tokenizers import END, byte_pairs

_SIDE, _PATCH = 64, 16
_IMAGE, _PADDING = "<image>", "<pad>"
_LONGEST = 2048
_SIZES: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "initializer_range": 0.1,
}
_TEMPLATE = """\
{%- for message in messages %}
    {{- "<|im_start|>" + message.role + "\\n" }}
    {%- for part in message.content %}
        {%- if part.type == "image" %}<image>{% else %}{{ part.text }}{% endif %}
    {%- endfor %}
    {{- "<|endoftext|>\\n" }}
{%- endfor %}
{%- if add_generation_prompt %}{{ "<|im_start|>assistant\\n" }}{% endif %}
"""


class Llava(Untrained):
    task = "image-text-to-text"
    about = "Takes images and questions about them; its weights are random, and so are its answers."

    def tokenizer(self) -> Any:
        texts = [*captions.captions(), *captions.questions()]
        tokenizer = byte_pairs(texts * 20, 400, _LONGEST)
        marks = [START, _IMAGE]
        tokenizer.add_special_tokens({"eos_token": END, "pad_token": _PADDING, "extra_special_tokens": marks})
        return LlavaProcessor(
            CLIPImageProcessorPil(size={"shortest_edge": _SIDE}, crop_size={"height": _SIDE, "width": _SIDE}),
            tokenizer,
            patch_size=_PATCH,
            vision_feature_select_strategy="default",
            num_additional_image_tokens=1,
            chat_template=_TEMPLATE,
        )

    def model(self, tokenizer: Any) -> Any:
        words = tokenizer.tokenizer
        special = {"bos_token_id": None, "eos_token_id": words.eos_token_id, "pad_token_id": words.pad_token_id}
        reader = LlamaConfig(**_SIZES, vocab_size=len(words), max_position_embeddings=_LONGEST, **special)
        config = LlavaConfig(
            vision_config=CLIPVisionConfig(**_SIZES, image_size=_SIDE, patch_size=_PATCH),
            text_config=reader,
            image_token_index=tokenizer.image_token_id,
            image_seq_length=(_SIDE // _PATCH) ** 2,
            vision_feature_layer=-1,
        )
        model = LlavaForConditionalGeneration(config)
        model.generation_config = GenerationConfig(max_new_tokens=64, **special)
        return model


RECIPE = Llava()
