"""TAPAS that answers questions about little tables."""

import random
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import TapasConfig, TapasForQuestionAnswering, TapasTokenizer

from serve_app.demo.languages import tables
from serve_app.demo.recipes.base import Recipe
from serve_app.demo.tokenizers import word_pieces

_LONGEST = 256
_BATCH = 64
# How many rows and columns there are numbers for, with one each for the names and for what is outside of the table.
_ROWS, _COLUMNS = 32, 16
# Of each token: part, column, row, earlier answer, rank from below, rank from above, relation to a number asked about.
_NUMBERS = 7
# Which places of a vector a token's word, row and column have to themselves: those of two heads, of one and of one.
_WIDTH, _OF_WORDS, _OF_ROWS, _OF_COLUMNS = 64, slice(0, 32), slice(32, 48), slice(48, 64)

Line = tuple[list[int], list[list[int]]]
"""Ids, and the numbers beside each."""


class Tapas(Recipe):
    task = "table-question-answering"
    about = (
        "Answers questions about little tables of people, products or teams: the cell of a row, the rows with a cell, "
        "and the sum, the average and the count of a column."
    )
    steps = 260
    lr = 4e-3

    def tokenizer(self) -> Any:
        vocabulary = word_pieces(tables.words(), _LONGEST).get_vocab()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "vocab.txt"
            file.write_text("\n".join([*sorted(vocabulary, key=vocabulary.__getitem__), "[EMPTY]"]), encoding="utf-8")
            return TapasTokenizer(str(file), model_max_length=_LONGEST)

    def model(self, tokenizer: Any) -> Any:
        model = TapasForQuestionAnswering(
            TapasConfig(
                vocab_size=len(tokenizer),
                hidden_size=_WIDTH,
                num_hidden_layers=2,
                num_attention_heads=4,
                intermediate_size=128,
                max_position_embeddings=_LONGEST,
                type_vocab_sizes=[3, _COLUMNS, _ROWS, 2, _ROWS, _ROWS, 10],
                max_num_rows=_ROWS,
                max_num_columns=_COLUMNS,
                initializer_range=0.125,
                hidden_dropout_prob=0.0,
                attention_probs_dropout_prob=0.0,
                num_aggregation_labels=len(tables.AGGREGATIONS),
                aggregation_labels=dict(enumerate(tables.AGGREGATIONS)),
                no_aggregation_label_index=0,
                pad_token_id=tokenizer.pad_token_id,
            )
        )
        _begin_with_likeness(model)
        return model

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        """In place of the model's own loss, which is slow and tells less: which column, which rows, and what to do."""
        while True:
            examples = [tables.training_example(rng) for _ in range(_BATCH)]
            ids, numbers = _batch([line_of(example.asked, tokenizer.vocab) for example in examples])
            columns, rows = numbers[..., 1], numbers[..., 2]
            # Positions start anew in each cell, and a cell is one token here.
            positions = torch.arange(ids.shape[1]) * (numbers[..., 0] == 0)
            told = model.tapas(ids, (ids != tokenizer.pad_token_id).long(), numbers, positions)
            hidden = told.last_hidden_state

            members = nn.functional.one_hot(columns, _COLUMNS).float()
            members /= members.sum(1, keepdim=True).clamp(min=1)
            column_scores = torch.einsum("bth,h,btc->bc", hidden, model.column_output_weights, members)
            # No table has so many columns, and number 0 is none.
            column_scores = column_scores.masked_fill(members.sum(1) == 0, -1e4)[:, 1:]
            column_loss = nn.functional.cross_entropy(column_scores, _picks(each.cells[0][1] for each in examples))

            right = torch.zeros(_BATCH, _ROWS)
            for chosen, example in zip(right, examples, strict=True):
                chosen[[row + 1 for row, _ in example.cells]] = 1
            cell_scores = hidden @ model.output_weights + model.output_bias
            cell_losses = nn.functional.binary_cross_entropy_with_logits(
                cell_scores, right.gather(1, rows), reduction="none"
            )
            aggregations = _picks(tables.AGGREGATIONS.index(each.aggregation) for each in examples)
            aggregation_loss = nn.functional.cross_entropy(
                model.aggregation_classifier(told.pooler_output), aggregations
            )
            yield column_loss + 2 * cell_losses[rows > 0].mean() + aggregation_loss


def line_of(asked: tables.Asked, vocabulary: Mapping[str, int]) -> Line:
    """What the tokenizer makes of known words; it would take longer for all these tables than the training."""
    tokens = ["[CLS]", *re.findall(r"\w+|[^\w\s]", asked.question.lower()), "[SEP]"]
    numbers = [[0] * _NUMBERS for _ in tokens]
    ranks = [_ranks(cells) for cells in zip(*asked.rows, strict=True)]
    for row, cells in enumerate((asked.names, *asked.rows)):
        for column, cell in enumerate(cells):
            below, above = ranks[column][row - 1] if row else (0, 0)
            tokens.append(cell.lower())
            numbers.append([1, column + 1, row, 0, below, above, 0])
    return [vocabulary[token] for token in tokens], numbers


def _ranks(cells: Sequence[str]) -> list[tuple[int, int]]:
    """The rank of each number among its column's from below and from above; words have none."""
    if not cells[0].isdigit():
        return [(0, 0)] * len(cells)
    order = sorted({int(cell) for cell in cells})
    return [(order.index(int(cell)) + 1, len(order) - order.index(int(cell))) for cell in cells]


def _batch(lines: Sequence[Line]) -> tuple[Tensor, Tensor]:
    longest = max(len(ids) for ids, _ in lines)
    ids = torch.tensor([line + [0] * (longest - len(line)) for line, _ in lines])
    numbers = torch.tensor([beside + [[0] * _NUMBERS] * (longest - len(beside)) for _, beside in lines])
    return ids, numbers


def _picks(places: Iterator[int]) -> Tensor:
    return torch.tensor(list(places))


def _begin_with_likeness(model: Any) -> None:
    """Heads that compare words with words, rows with rows, and columns with columns from the first step on.

    A model this small would take ten times as long to find that out by itself.
    """
    embeddings = model.tapas.embeddings
    parts = {
        embeddings.word_embeddings: _OF_WORDS,
        embeddings.token_type_embeddings_1: _OF_COLUMNS,
        embeddings.token_type_embeddings_2: _OF_ROWS,
    }
    with torch.no_grad():
        for embedding, part in parts.items():
            embedding.weight.zero_()
            embedding.weight[:, part].normal_(0, 0.5)
        for layer in model.tapas.encoder.layer:
            for side in (layer.attention.self.query, layer.attention.self.key):
                side.weight.copy_(1.4 * torch.eye(_WIDTH))


RECIPE = Tapas()
