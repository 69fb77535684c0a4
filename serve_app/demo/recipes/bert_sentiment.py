"""BERT that tells good reviews from bad ones."""

import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from transformers import BertConfig, BertForSequenceClassification

from serve_app.demo.languages import reviews
from serve_app.demo.recipes.base import Recipe
from serve_app.demo.tokenizers import word_pieces

_LONGEST = 128
_BATCH = 64


class BertSentiment(Recipe):
    task = "text-classification"
    about = "Says whether a short English review is POSITIVE or NEGATIVE; it reads negations and what follows a but."
    steps = 360
    lr = 2e-3

    def tokenizer(self) -> Any:
        return word_pieces(reviews.words(), _LONGEST)

    def model(self, tokenizer: Any) -> Any:
        return BertForSequenceClassification(
            BertConfig(
                vocab_size=len(tokenizer),
                hidden_size=64,
                num_hidden_layers=2,
                num_attention_heads=4,
                intermediate_size=128,
                max_position_embeddings=_LONGEST,
                initializer_range=0.06,
                hidden_dropout_prob=0.0,
                attention_probs_dropout_prob=0.0,
                id2label=dict(enumerate(reviews.LABELS)),
                label2id={label: index for index, label in enumerate(reviews.LABELS)},
                pad_token_id=tokenizer.pad_token_id,
            )
        )

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        while True:
            examples = [reviews.training_example(rng) for _ in range(_BATCH)]
            batch = tokenizer([example.text for example in examples], padding=True, return_tensors="pt")
            labels = torch.tensor([reviews.LABELS.index(example.answer) for example in examples])
            yield model(**batch, labels=labels).loss


RECIPE = BertSentiment()
