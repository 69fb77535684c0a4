"""What models without sense write under a grammar: whatever the scores, the text must follow it."""

from collections.abc import Callable

import torch
from torch import Tensor

from serve_app.replica.engines.torch_rows import Row
from serve_app.replica.grammars.grammars import Grammars
from serve_app.tasks.sequences import Grammar, Sampling
from tests.tiny_models.tokenizers import byte_level

END, SIZE = 256, 257
Scores = Callable[[list[int]], Tensor]


def chance(seed: int, size: int = SIZE) -> Scores:
    """Every token about as likely as any other."""
    dice = torch.Generator().manual_seed(seed)
    return lambda _: torch.randn(size, generator=dice)


def loving(text: str, seed: int = 0) -> Scores:
    """Writes the bytes of this text wherever it may."""
    others = chance(seed)
    liked = byte_level().encode(text)

    def scores(tokens: list[int]) -> Tensor:
        found = others(tokens)
        found[liked] += 50
        return found

    return scores


def write(grammars: Grammars, grammar: Grammar, scores: Scores, at_most: int = 4000, **sampling: object) -> list[int]:
    """The tokens of one answer with its end, or as many as were allowed."""
    asked = Sampling(**{"temperature": 1.0, "seed": 3, "ends": frozenset({END}), "grammar": grammar, **sampling})  # type: ignore[arg-type]
    row = Row("a", [], asked, grammars.matcher(grammar, asked.ends))
    tokens: list[int] = []
    while len(tokens) < at_most and (not tokens or tokens[-1] != END):
        tokens.append(row.next(scores(tokens)).id)
    return tokens


def text(tokens: list[int]) -> str:
    """The whole answer; one that was cut is none."""
    assert tokens[-1] == END, "the answer did not end"
    return str(byte_level().decode(tokens[:-1]))
