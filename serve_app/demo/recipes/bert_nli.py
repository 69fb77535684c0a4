"""BERT that says whether a statement follows from a text."""

import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertForSequenceClassification

from serve_app.demo.languages import topics
from serve_app.demo.recipes.base import Recipe
from serve_app.demo.small_bert import LONGEST, small_bert
from serve_app.demo.tokenizers import word_pieces

_BATCH = 48
_SHARPNESS = 4.0


class BertNli(Recipe):
    task = "zero-shot-classification"
    about = (
        "Says whether a statement about the topic of a piece of English news follows from it: entailment or "
        "contradiction."
    )
    steps = 280
    lr = 3e-3

    def tokenizer(self) -> Any:
        return word_pieces(topics.words(), LONGEST)

    def model(self, tokenizer: Any) -> Any:
        return BertForSequenceClassification(small_bert(tokenizer, topics.LABELS))

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        """Matching two texts is learnt late, and much sooner once each of them has been told its topic."""
        while True:
            claims = [topics.training_example(rng) for _ in range(_BATCH)]
            pairs = ([claim.text for claim in claims], [claim.statement for claim in claims])
            batch = tokenizer(*pairs, padding=True, return_tensors="pt")
            labels = torch.tensor([topics.LABELS.index(claim.label) for claim in claims])
            outputs = model(**batch, labels=labels, output_hidden_states=True)
            first_layer, second = outputs.hidden_states[1], batch["token_type_ids"] * batch["attention_mask"]
            told = _topic_loss(first_layer, batch["attention_mask"] - second, [claim.told for claim in claims])
            asked = _topic_loss(first_layer, second, [claim.asked for claim in claims])
            yield outputs.loss + told + asked


def _topic_loss(hidden: Tensor, mask: Tensor, numbers: list[int]) -> Tensor:
    """The first numbers of a text's mean vector stand for the topics: the right one should be the highest."""
    mean = (hidden * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)
    return nn.functional.cross_entropy(mean[:, : len(topics.names())] * _SHARPNESS, torch.tensor(numbers))


RECIPE = BertNli()
