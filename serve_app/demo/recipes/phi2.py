"""Phi that follows a few kinds of instructions."""

import random
from collections.abc import Iterator
from typing import Any

from torch import Tensor
from transformers import GenerationConfig, PhiConfig, PhiForCausalLM

from serve_app.demo.languages import instructions
from serve_app.demo.recipes.base import Recipe, causal_batch
from serve_app.demo.tokenizers import byte_pairs

_LONGEST = 512
_BATCH = 40


class Phi2(Recipe):
    task = "text-generation"
    about = (
        "Follows instructions written as `Instruct: … Output:`, as phi-2 takes them: small sums, opposites, the larger "
        "of two numbers, words backwards, the first or the last word."
    )
    steps = 550
    lr = 3e-3

    def tokenizer(self) -> Any:
        rng = random.Random(0)
        texts = ["".join(instructions.training_example(rng)) for _ in range(4000)]
        return byte_pairs(texts, 1000, _LONGEST)

    def model(self, tokenizer: Any) -> Any:
        end = tokenizer.eos_token_id
        config = PhiConfig(
            vocab_size=len(tokenizer),
            max_position_embeddings=_LONGEST,
            hidden_size=96,
            intermediate_size=256,
            num_hidden_layers=2,
            num_attention_heads=4,
            initializer_range=0.06,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attention_dropout=0.0,
            bos_token_id=end,
            eos_token_id=end,
        )
        model = PhiForCausalLM(config)
        model.generation_config = GenerationConfig(
            bos_token_id=end, eos_token_id=end, pad_token_id=end, max_new_tokens=32
        )
        return model

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        while True:
            examples = [instructions.training_example(rng) for _ in range(_BATCH)]
            yield model(**causal_batch(tokenizer, examples)).loss


RECIPE = Phi2()
