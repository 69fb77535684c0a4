"""A decoder that can be talked to: ChatML, with the marks of Hermes around its calls."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import save, seed
from tests.tiny_models.tokenizers import byte_level

BEGIN, START, END = "<|begin|>", "<|im_start|>", "<|im_end|>"
MARKS = ("<tool_call>", "</tool_call>", "<think>", "</think>")
TEMPLATE = """\
{{ bos_token }}
{%- if tools %}<|im_start|>system
{% for tool in tools %}{{ tool.function | tojson }}
{% endfor %}Call like <tool_call>{"name": ..., "arguments": ...}</tool_call>.<|im_end|>
{% endif %}
{%- for document in documents or [] %}<|im_start|>document
{{ document.title }}: {{ document.text }}<|im_end|>
{% endfor %}
{%- for message in messages %}
    {%- if message.role == "user" and "[refuse]" in message.content %}{{ raise_exception("No such words.") }}{% endif %}
    {{- "<|im_start|>" + message.role + "\n" }}
    {%- if message.reasoning_content %}{{ "<think>" + message.reasoning_content + "</think>" }}{% endif %}
    {{- message.content }}
    {%- for call in message.tool_calls or [] %}
        {{- '<tool_call>{"name": ' + call.function.name | tojson + ', "arguments": ' }}
        {{- call.function.arguments | tojson + "}</tool_call>" }}
    {%- endfor %}
    {{- "<|im_end|>\n" }}
{%- endfor %}
{%- if add_generation_prompt %}{{ "<|im_start|>assistant\n" }}{% if enable_thinking %}<think>{% endif %}{% endif %}
"""


def chat_tokenizer(*special: str) -> Any:
    """Bytes, the marks of the template, and more tokens that are left out of texts."""
    from tokenizers import AddedToken, processors

    tokenizer = byte_level()
    tokenizer.add_tokens([AddedToken(text, special=True) for text in (BEGIN, START, END, *special)])
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in MARKS])
    tokenizer.bos_token, tokenizer.eos_token = BEGIN, END
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A", special_tokens=[(BEGIN, tokenizer.convert_tokens_to_ids(BEGIN))]
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def chat(folder: Path) -> Path:
    from transformers import LlamaConfig, LlamaForCausalLM

    seed()
    tokenizer = chat_tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=512,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        initializer_range=0.3,
    )
    return save(folder, LlamaForCausalLM(config), tokenizer)
