"""BERT that finds answers in little stories."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertForQuestionAnswering

from serve_app.demo.languages import people
from serve_app.demo.languages.people import Asked
from serve_app.demo.recipes.base import Recipe
from serve_app.demo.small_bert import LONGEST, WIDTH, small_bert
from serve_app.demo.tokenizers import word_pieces

_BATCH = 32
_POOL = 32


class BertQa(Recipe):
    task = "question-answering"
    about = (
        "Answers questions about short English stories: where somebody lives, what they work as and like, when they "
        "were born or arrived; it can also tell that the story does not say."
    )
    steps = 850
    lr = 2.5e-3

    def tokenizer(self) -> Any:
        return word_pieces(people.words(), LONGEST)

    def model(self, tokenizer: Any) -> Any:
        model = BertForQuestionAnswering(small_bert(tokenizer, initializer_range=0.05))
        with torch.no_grad():
            model.bert.embeddings.position_embeddings.weight.copy_(_waves())
        return model

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        stop = tokenizer.convert_tokens_to_ids(".")
        for batch in _batches(tokenizer, rng):
            told = model(**batch, output_hidden_states=True)
            _, first, second = told.hidden_states
            yield told.loss + _marked(first, _named(batch), batch) + _marked(second, _in_sentence(batch, stop), batch)


def _waves() -> Tensor:
    """Positions that tell near from far from the start; in random ones it would have to be learnt."""
    angles = torch.arange(LONGEST)[:, None] * torch.exp(-5 * torch.arange(0, 1, 2 / WIDTH))
    return 0.08 * torch.cat((angles.sin(), angles.cos()), dim=1)


def _batches(tokenizer: Any, rng: random.Random) -> Iterator[dict[str, Tensor]]:
    """Endless batches of fresh examples, each of about equal lengths so that little is padding."""
    while True:
        asked = [people.training_example(rng) for _ in range(_BATCH * _POOL)]
        encoded = tokenizer([each.question for each in asked], [each.context for each in asked])
        spans = [_span(encoded, row, each) for row, each in enumerate(asked)]
        by_length = sorted(range(len(asked)), key=lambda row: len(encoded["input_ids"][row]))
        batches = [by_length[start : start + _BATCH] for start in range(0, len(asked), _BATCH)]
        rng.shuffle(batches)
        for rows in batches:
            padded = tokenizer.pad(
                {name: [encoded[name][row] for row in rows] for name in encoded}, return_tensors="pt"
            )
            first, last = torch.tensor([spans[row] for row in rows]).T
            yield {**padded, "start_positions": first, "end_positions": last}


def _span(encoded: Any, row: int, asked: Asked) -> Sequence[int]:
    """The first and the last token of the answer; [CLS], which comes first, where the story does not tell."""
    if not asked.answer:
        return 0, 0
    start = asked.context.index(asked.answer)
    ends = (start, start + len(asked.answer) - 1)
    return [encoded.char_to_token(row, character, sequence_index=1) for character in ends]


def _marked(hidden: Tensor, labels: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """The loss that makes the first number of each token of the story say whether it is labelled.

    Attention is slow to find these two steps by itself, with nothing but the answer to learn from.
    """
    in_story = batch["token_type_ids"] == 1
    return nn.functional.binary_cross_entropy_with_logits(3 * hidden[..., 0][in_story], labels[in_story].float())


def _named(batch: dict[str, Tensor]) -> Tensor:
    """Tokens that stand in the question too."""
    ids = batch["input_ids"]
    in_question = (batch["token_type_ids"] == 0) & (batch["attention_mask"] == 1)
    return ((ids[:, :, None] == ids[:, None, :]) & in_question[:, None, :]).any(-1)


def _in_sentence(batch: dict[str, Tensor], stop: int) -> Tensor:
    """Tokens of the sentence that holds the answer, if there is one."""
    sentences = (batch["input_ids"] == stop).cumsum(1)
    start = batch["start_positions"][:, None]
    return (sentences == sentences.gather(1, start)) & (start > 0)


RECIPE = BertQa()
