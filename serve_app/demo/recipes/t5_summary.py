"""T5 that makes a headline of a short report."""

import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, T5Config, T5ForConditionalGeneration

from serve_app.demo.languages import reports
from serve_app.demo.languages.base import Example
from serve_app.demo.recipes.base import Recipe
from serve_app.demo.tokenizers import unigrams

_LONGEST = 256
_BATCH = 32


class T5Summary(Recipe):
    task = "summarization"
    about = (
        "Reads a few English sentences about a day in town and says the one piece of news among them: what happened, "
        "where, and on which day; its config holds the prefix `summarize: ` and how to search."
    )
    steps = 280
    lr = 5e-3

    def tokenizer(self) -> Any:
        rng = random.Random(0)
        texts = [" ".join(reports.training_example(rng)) for _ in range(2000)]
        return unigrams(texts, _LONGEST)

    def model(self, tokenizer: Any) -> Any:
        special = {
            "decoder_start_token_id": tokenizer.pad_token_id,
            "pad_token_id": tokenizer.pad_token_id,
            "eos_token_id": tokenizer.eos_token_id,
        }
        config = T5Config(
            vocab_size=len(tokenizer),
            d_model=64,
            d_kv=16,
            d_ff=128,
            num_layers=2,
            num_decoder_layers=2,
            num_heads=4,
            dropout_rate=0.0,
            n_positions=_LONGEST,
            task_specific_params={
                "summarization": {
                    "prefix": reports.PREFIX,
                    "num_beams": 2,
                    "early_stopping": True,
                    "min_length": 5,
                    "max_length": 32,
                }
            },
            **special,
        )
        model = T5ForConditionalGeneration(config)
        _look_back(model)
        model.generation_config = GenerationConfig(max_new_tokens=64, **special)
        return model

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        for examples in _similar_lengths(rng):
            batch = tokenizer([example.text for example in examples], padding=True, return_tensors="pt")
            answers = tokenizer([example.answer for example in examples], padding=True, return_tensors="pt")[
                "input_ids"
            ]
            labels = answers.masked_fill(answers == tokenizer.pad_token_id, -100)
            yield model(**batch, labels=labels).loss


def _look_back(model: Any) -> None:
    """Each head of the encoder begins with one of the words before: what a place is said of stands there."""
    bias = model.encoder.block[0].layer[0].SelfAttention.relative_attention_bias.weight
    with torch.no_grad():
        for head in range(bias.shape[1]):
            bias[head + 1, head] = 3.0


def _similar_lengths(rng: random.Random) -> Iterator[list[Example]]:
    """Endless batches of fresh examples, each of about equal lengths so that little is padding."""
    while True:
        pool = sorted((reports.training_example(rng) for _ in range(_BATCH * 8)), key=lambda made: len(made.text))
        batches = [pool[start : start + _BATCH] for start in range(0, len(pool), _BATCH)]
        rng.shuffle(batches)
        yield from batches


RECIPE = T5Summary()
