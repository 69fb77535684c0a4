"""BERT that fills the gap in a sentence."""

import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from transformers import BertForMaskedLM

from serve_app.demo.languages import gaps
from serve_app.demo.recipes.base import Recipe
from serve_app.demo.small_bert import LONGEST, small_bert
from serve_app.demo.tokenizers import word_pieces

_BATCH = 64
_NOT_COUNTED = -100


class BertMlm(Recipe):
    task = "fill-mask"
    about = "Fills the gap, written [MASK], in an English sentence about capitals, opposites, young animals or colors."
    steps = 240
    lr = 3e-3

    def tokenizer(self) -> Any:
        return word_pieces(gaps.words(), LONGEST)

    def model(self, tokenizer: Any) -> Any:
        return BertForMaskedLM(small_bert(tokenizer))

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        while True:
            examples = [gaps.training_example(rng) for _ in range(_BATCH)]
            batch = tokenizer([example.text for example in examples], padding=True, return_tensors="pt")
            answers = torch.tensor(tokenizer.convert_tokens_to_ids([example.answer for example in examples]))
            gap = batch["input_ids"] == tokenizer.mask_token_id
            yield model(**batch, labels=torch.where(gap, answers[:, None], _NOT_COUNTED)).loss


RECIPE = BertMlm()
