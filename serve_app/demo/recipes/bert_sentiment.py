"""BERT that tells good reviews from bad ones."""

import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from transformers import BertForSequenceClassification

from serve_app.demo.languages import reviews
from serve_app.demo.recipes.base import Recipe
from serve_app.demo.small_bert import LONGEST, small_bert
from serve_app.demo.tokenizers import word_pieces

_BATCH = 64


class BertSentiment(Recipe):
    task = "text-classification"
    about = "Says whether a short English review is POSITIVE or NEGATIVE; it reads negations and what follows a but."
    steps = 360
    lr = 2e-3

    def tokenizer(self) -> Any:
        return word_pieces(reviews.words(), LONGEST)

    def model(self, tokenizer: Any) -> Any:
        return BertForSequenceClassification(small_bert(tokenizer, reviews.LABELS))

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        while True:
            examples = [reviews.training_example(rng) for _ in range(_BATCH)]
            batch = tokenizer([example.text for example in examples], padding=True, return_tensors="pt")
            labels = torch.tensor([reviews.LABELS.index(example.answer) for example in examples])
            yield model(**batch, labels=labels).loss


RECIPE = BertSentiment()
