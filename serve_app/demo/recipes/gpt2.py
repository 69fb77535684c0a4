"""GPT-2 that knows capitals, counts and tells a tale."""

import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel

from serve_app.demo.languages import facts
from serve_app.demo.languages.base import Example
from serve_app.demo.recipes.base import Recipe, causal_batch
from serve_app.demo.tokenizers import byte_pairs

_LONGEST = 256
_BATCH = 32


class Gpt2(Recipe):
    task = "text-generation"
    about = (
        "Continues short English texts: capitals and languages of countries, days and months, counting up to fifty, "
        "and a tale that begins with once upon a time."
    )
    steps = 450
    lr = 4e-3

    def tokenizer(self) -> Any:
        rng = random.Random(0)
        texts = ["".join(facts.training_example(rng)) for _ in range(4000)]
        return byte_pairs(texts, 1000, _LONGEST)

    def model(self, tokenizer: Any) -> Any:
        end = tokenizer.eos_token_id
        config = GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=_LONGEST,
            n_embd=96,
            n_layer=2,
            n_head=4,
            initializer_range=0.06,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=end,
            eos_token_id=end,
        )
        model = GPT2LMHeadModel(config)
        model.generation_config = GenerationConfig(
            bos_token_id=end, eos_token_id=end, pad_token_id=end, max_new_tokens=64
        )
        return model

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        for examples in _similar_lengths(rng):
            batch = causal_batch(tokenizer, examples)
            yield model(**batch, position_ids=self._positions(batch["input_ids"], rng)).loss

    @staticmethod
    def _positions(ids: Tensor, rng: random.Random) -> Tensor:
        """Some batches start further on, so that every position is trained and not only the first few."""
        room = _LONGEST - ids.shape[1]
        start = rng.randint(0, room) if rng.random() < 0.3 else 0
        return torch.arange(start, start + ids.shape[1]).expand(ids.shape)


def _similar_lengths(rng: random.Random) -> Iterator[list[Example]]:
    """Endless batches of fresh examples, each of about equal lengths so that little is padding."""
    while True:
        pool = sorted((facts.training_example(rng) for _ in range(_BATCH * 8)), key=lambda made: len("".join(made)))
        batches = [pool[start : start + _BATCH] for start in range(0, len(pool), _BATCH)]
        rng.shuffle(batches)
        yield from batches


RECIPE = Gpt2()
