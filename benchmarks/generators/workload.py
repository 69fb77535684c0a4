"""The requests: prompts of random length, and answers as long as each asks for, the same for every contender."""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

PROMPT_TOKENS = (16, 200)
ANSWER_TOKENS = (8, 256)
FIXED_TOKENS = 64
SEED = 4


class Point(NamedTuple):
    """One measurement: so many clients, for so long, with answers of these lengths."""

    workload: str
    clients: int
    seconds: float
    round: int = 0


class Asked(NamedTuple):
    """One request."""

    prompt: str
    tokens: int


def requests(point: Point, client: int, words: Sequence[str]) -> Iterator[Asked]:
    """One client's requests, one after the other, without end; no two of a run begin with the same words."""
    draw = random.Random(f"{SEED} {point.workload} {point.clients} {point.round} {client}")
    length = LENGTHS[point.workload]
    while True:
        yield Asked("".join(draw.choices(words, k=draw.randint(*PROMPT_TOKENS))), length(draw))


def _log_uniform(draw: random.Random) -> int:
    shortest, longest = ANSWER_TOKENS
    return round(math.exp(draw.uniform(math.log(shortest), math.log(longest))))


LENGTHS: Mapping[str, Callable[[random.Random], int]] = {
    "mixed": _log_uniform,
    "fixed": lambda draw: FIXED_TOKENS,
}
