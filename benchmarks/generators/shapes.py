"""Models of random weights and real size, with a byte-level tokenizer; they write to the length asked for, always."""

import json
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

SEED = 20
WORDS = 60_000
WORD_SYLLABLES = 3
SYLLABLES = [first + second for first in "bcdfghjklmnprstvwxyz" for second in "aeiou"]
CONTEXT = 1024
# How the tokenizer writes a space; a token that begins with it is a word's beginning.
SPACE = "Ġ"
WORDS_FILE = "words.json"


class Shape(NamedTuple):
    """A family of models and its size."""

    vocabulary: int
    build: Callable[[int], Any]


def make(name: str, folder: Path) -> Path:
    """A folder as `from_pretrained` reads it, in bfloat16, and the words of one token each beside it."""
    from transformers import PreTrainedTokenizerFast, logging  # noqa: PLC0415 (the load does without)

    logging.disable_progress_bar()
    shape = SHAPES[name]
    tokenizer = _tokenizer(shape.vocabulary)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=CONTEXT).save_pretrained(folder)
    torch.manual_seed(SEED)
    network = shape.build(shape.vocabulary).to(torch.bfloat16)
    tokens = tokenizer.get_vocab()
    # Every answer is made of words: where one token is one space, a client counts tokens as they come.
    within = [id for token, id in tokens.items() if not token.startswith(SPACE) or token == SPACE]
    with torch.no_grad():
        network.get_input_embeddings().weight[within] = 0
    network.save_pretrained(folder)
    words = sorted(token.replace(SPACE, " ") for token in tokens if token.startswith(SPACE) and token != SPACE)
    encoded = zip(words, tokenizer.encode_batch(words), strict=True)
    (folder / WORDS_FILE).write_text(json.dumps([word for word, encoding in encoded if len(encoding.ids) == 1]))
    return folder


def words_of(folder: Path) -> list[str]:
    """Words of one token each, with the space before them."""
    found: list[str] = json.loads((folder / WORDS_FILE).read_text())
    return found


def _tokenizer(vocabulary: int) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: PLC0415

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, show_progress=False)
    tokenizer.train_from_iterator(_language(), trainer)
    if tokenizer.get_vocab_size() != vocabulary:
        raise RuntimeError(f"the tokenizer has {tokenizer.get_vocab_size()} tokens, and the model {vocabulary}")
    return tokenizer


def _language() -> Iterable[str]:
    draw = random.Random(SEED)
    return (" " + "".join(draw.choices(SYLLABLES, k=WORD_SYLLABLES)) for _ in range(WORDS))


def _gpt2(vocabulary: int) -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel  # noqa: PLC0415

    return GPT2LMHeadModel(GPT2Config(vocab_size=vocabulary, n_positions=CONTEXT, **_WITHOUT_END))


def _llama(hidden: int, layers: int, heads: int, shared_heads: int, inner: int) -> Callable[[int], Any]:
    def build(vocabulary: int) -> Any:
        from transformers import LlamaConfig, LlamaForCausalLM  # noqa: PLC0415

        config = LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=hidden,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            num_key_value_heads=shared_heads,
            intermediate_size=inner,
            max_position_embeddings=CONTEXT,
            tie_word_embeddings=True,
            **_WITHOUT_END,
        )
        return LlamaForCausalLM(config)

    return build


_WITHOUT_END: Mapping[str, Any] = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
SHAPES: Mapping[str, Shape] = {
    "gpt2": Shape(50_257, _gpt2),
    "llama": Shape(32_000, _llama(hidden=576, layers=30, heads=9, shared_heads=3, inner=1536)),
    "llama-1b": Shape(32_000, _llama(hidden=2048, layers=16, heads=32, shared_heads=8, inner=8192)),
}
"""The first two have 124 million parameters; the last is for a GPU."""
