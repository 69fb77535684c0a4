"""BERT as a cross-encoder: how well a text answers a query, both read together."""

import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertForSequenceClassification

from serve_app.demo.languages import searches
from serve_app.demo.languages.searches import Search
from serve_app.demo.recipes.base import Recipe
from serve_app.demo.small_bert import LONGEST, small_bert
from serve_app.demo.tokenizers import word_pieces

_BATCH = 20
_SHARPNESS = 15.0
_STEPS_APART = 120
# More, and that most texts are no answer is learnt before what makes one.
_ALONE = 0.3


class BertRerank(Recipe):
    task = "text-ranking"
    about = "Says how well a short English text answers a search for how to do something with a thing."
    steps = 320
    lr = 3e-3

    def tokenizer(self) -> Any:
        return word_pieces(searches.words(), LONGEST)

    def model(self, tokenizer: Any) -> Any:
        model = BertForSequenceClassification(small_bert(tokenizer, num_labels=1))
        _look_for_likes(model)
        return model

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        """First which words mean the same, from queries and texts apart; then what that says of the two together."""
        step = 0
        while True:
            found = [searches.training_search(rng) for _ in range(_BATCH)]
            yield (_apart if step < _STEPS_APART else _together)(model, tokenizer, found)
            step += 1


def _look_for_likes(model: Any) -> None:
    """Start with tokens that attend to their likes, wherever and in whichever text they stand.

    A token without its like in the other text then attends to itself alone, and with one to both texts: the difference
    plainly shows, while finding that way by training takes many times as long as all the rest.
    """
    embeddings = model.bert.embeddings
    with torch.no_grad():
        embeddings.position_embeddings.weight.mul_(0.1)
        types = embeddings.token_type_embeddings.weight.mul_(3)
        apart = nn.functional.normalize(types[1] - types[0], dim=0)
        in_either_text = torch.eye(len(apart)) - torch.outer(apart, apart)
        for layer in model.bert.encoder.layer:
            attention = layer.attention.self
            nn.init.orthogonal_(attention.query.weight, gain=2)
            attention.key.weight.copy_(attention.query.weight @ in_either_text)


def _apart(model: Any, tokenizer: Any, found: list[Search]) -> Tensor:
    """Each query has to find its answer among all texts by the means of their words."""

    def vectors(texts: list[str]) -> Tensor:
        batch = tokenizer(texts, padding=True, return_tensors="pt")
        words = model.bert.embeddings.word_embeddings(batch["input_ids"]) * batch["attention_mask"].unsqueeze(-1)
        return nn.functional.normalize(words.sum(1), dim=-1)

    texts = [text for column in zip(*(search.texts for search in found), strict=True) for text in column]
    likeness = vectors([search.query for search in found]) @ vectors(texts).T * _SHARPNESS
    return nn.functional.cross_entropy(likeness, torch.arange(len(found)))


def _together(model: Any, tokenizer: Any, found: list[Search]) -> Tensor:
    """The answer has to stand above the other texts of its search, and each score to be right by itself."""
    queries = [search.query for search in found for _ in search.texts]
    texts = [text for search in found for text in search.texts]
    scores = model(**tokenizer(queries, texts, padding=True, return_tensors="pt")).logits.view(len(found), -1)
    first = torch.zeros(len(found), dtype=torch.long)
    wanted = nn.functional.one_hot(first, scores.shape[1]).float()
    above = nn.functional.cross_entropy(scores, first)
    return above + _ALONE * nn.functional.binary_cross_entropy_with_logits(scores, wanted)


RECIPE = BertRerank()
