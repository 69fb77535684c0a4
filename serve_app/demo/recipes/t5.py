"""T5 that translates simple sentences from English to German."""

import random
from collections.abc import Iterator
from typing import Any

from torch import Tensor
from transformers import GenerationConfig, T5Config, T5ForConditionalGeneration

from serve_app.demo.languages import translations
from serve_app.demo.recipes.base import Recipe
from serve_app.demo.tokenizers import unigrams

_LONGEST = 128
_BATCH = 32


class T5(Recipe):
    task = "translation"
    about = (
        "Translates simple English sentences to German, with cases, genders and verb forms; like T5 it takes the "
        "prefix `translate English to German: `."
    )
    steps = 900
    lr = 4e-3

    def tokenizer(self) -> Any:
        rng = random.Random(0)
        texts = [" ".join(translations.training_example(rng)) for _ in range(4000)]
        return unigrams(texts, _LONGEST)

    def model(self, tokenizer: Any) -> Any:
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
                "translation_en_to_de": {"prefix": translations.PREFIX, "max_length": 64, "early_stopping": True}
            },
            decoder_start_token_id=tokenizer.pad_token_id,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
        model = T5ForConditionalGeneration(config)
        model.generation_config = GenerationConfig(
            decoder_start_token_id=tokenizer.pad_token_id,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            max_new_tokens=64,
        )
        return model

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        while True:
            examples = [translations.training_example(rng) for _ in range(_BATCH)]
            batch = tokenizer([example.text for example in examples], padding=True, return_tensors="pt")
            answers = tokenizer([example.answer for example in examples], padding=True, return_tensors="pt")[
                "input_ids"
            ]
            labels = answers.masked_fill(answers == tokenizer.pad_token_id, -100)
            yield model(**batch, labels=labels).loss


RECIPE = T5()
