"""BERT that finds the names of people, places and organisations."""

import random
import string
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import BertForTokenClassification, BertTokenizer

from serve_app.demo.languages import names
from serve_app.demo.recipes.base import Recipe
from serve_app.demo.small_bert import LONGEST, WIDTH, small_bert
from serve_app.demo.tokenizers import word_pieces

_BATCH = 32
_UNTOLD = -100


class BertNer(Recipe):
    task = "token-classification"
    about = "Finds the names of people (PER), places (LOC) and organisations (ORG) in short English sentences."
    steps = 420
    lr = 4e-3

    def tokenizer(self) -> Any:
        """With capital letters, because names begin with them."""
        small = word_pieces(names.words(), LONGEST).get_vocab()
        capital = (*string.ascii_uppercase, *(f"##{letter}" for letter in string.ascii_uppercase), *names.words())
        pieces = dict.fromkeys((*sorted(small, key=small.__getitem__), *capital))
        vocabulary = {piece: index for index, piece in enumerate(pieces)}
        return BertTokenizer(vocab=vocabulary, model_max_length=LONGEST, do_lower_case=False)

    def model(self, tokenizer: Any) -> Any:
        model = BertForTokenClassification(small_bert(tokenizer, names.LABELS))
        with torch.no_grad():
            model.bert.embeddings.position_embeddings.weight.copy_(_waves())
        return model

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        while True:
            tellings = [names.training_example(rng) for _ in range(_BATCH)]
            texts = [telling.text for telling in tellings]
            batch = tokenizer(texts, padding=True, return_tensors="pt", return_offsets_mapping=True)
            places = batch.pop("offset_mapping").tolist()
            labels = [_labels(telling.names, row) for telling, row in zip(tellings, places, strict=True)]
            positions = _positions(batch["input_ids"].shape, rng)
            yield model(**batch, position_ids=positions, labels=torch.tensor(labels)).loss


def _waves() -> Tensor:
    """Positions to start from in which each is the one before, turned: to look one word back is then soon learnt."""
    rates = 30.0 ** (-torch.arange(0, WIDTH, 2) / WIDTH)
    angles = torch.arange(LONGEST)[:, None] * rates
    return torch.cat((angles.sin(), angles.cos()), dim=1) * 0.3


def _positions(shape: Sequence[int], rng: random.Random) -> Tensor:
    """Some batches start further on, so that the positions of long texts are trained too."""
    start = rng.randint(0, LONGEST - shape[1]) if rng.random() < 0.4 else 0
    return torch.arange(start, start + shape[1]).expand(*shape)


def _labels(told: Sequence[names.Name], places: Sequence[Sequence[int]]) -> list[int]:
    """The label of each token; what stands for no text counts for nothing."""
    starts = {name.start: names.LABELS.index(f"B-{name.kind}") for name in told}
    inside = {at: names.LABELS.index(f"I-{name.kind}") for name in told for at in range(name.start + 1, name.end)}
    label_at = {**inside, **starts}
    return [label_at.get(start, 0) if end else _UNTOLD for start, end in places]


RECIPE = BertNer()
