"""Sixty-four requests for each task, of mixed lengths, in words that the demo models know."""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

COUNT = 64
_SENTENCES = (
    "The hotel was clean and the staff was friendly.",
    "I love this movie, but the ending was disappointing.",
    "My name is Sarah and I work for Acme in London.",
    "The team won the match on Monday after a long fight.",
    "The cat sleeps on the sofa.",
    "A fire broke out at the library and nobody was hurt.",
    "We bought a house near Berlin last year.",
    "The food was delicious.",
)
_LABELS = ("sports", "food", "music", "weather")
_GERMAN = ("The house is small.", "The dog sees the cat.", "The old man has a red book.", "The child is happy.")

SMALL = "a forward of 1 to 3 ms: HTTP, ingress and load generator on the same two cores cost what batching saves"

Asked = tuple[Any, dict[str, Any]]


class Requests(NamedTuple):
    """The demo model that answers, and one request after the other."""

    demo: str
    make: Callable[[random.Random], Asked]
    why: str = SMALL
    """What stands in the way where the target is missed."""


def _text(rng: random.Random, most: int = 6) -> str:
    return " ".join(rng.choices(_SENTENCES, k=rng.randint(1, most)))


def _table(rng: random.Random) -> dict[str, Any]:
    rows = rng.randint(2, 5)
    names = rng.sample(["Anna", "Ben", "Clara", "David", "Emma", "Felix"], rows)
    table = {"name": names, "age": [str(rng.randint(20, 60)) for _ in names]}
    return {"query": f"What is the age of {names[0]}?", "table": table}


TABLE: dict[str, Requests] = {
    "text-classification": Requests("bert-sentiment", lambda rng: (_text(rng, 3), {})),
    "token-classification": Requests("bert-ner", lambda rng: (_text(rng, 3), {})),
    "zero-shot-classification": Requests("bert-nli", lambda rng: (_text(rng, 3), {"candidate_labels": [*_LABELS]})),
    "fill-mask": Requests("bert-mlm", lambda rng: (f"{_text(rng, 3)} The capital of France is [MASK].", {})),
    "feature-extraction": Requests("bert-embed", lambda rng: (_text(rng, 3), {})),
    "sentence-similarity": Requests(
        "bert-embed",
        lambda rng: ({"source_sentence": _text(rng, 2), "sentences": [_text(rng, 2) for _ in range(4)]}, {}),
    ),
    "rerank": Requests(
        "bert-rerank", lambda rng: ({"query": _text(rng, 1), "texts": [_text(rng, 2) for _ in range(4)]}, {})
    ),
    "question-answering": Requests(
        "bert-qa",
        lambda rng: ({"question": "Where does Anna live?", "context": f"{_text(rng, 2)} Anna lives in Berlin."}, {}),
    ),
    "table-question-answering": Requests("tapas", lambda rng: (_table(rng), {})),
    "translation": Requests("t5", lambda rng: (" ".join(rng.choices(_GERMAN, k=rng.randint(1, 2))), {})),
    "summarization": Requests("t5-summary", lambda rng: (_text(rng, 4), {})),
}


def requests_for(task: str) -> list[Asked]:
    """The same ones every time."""
    rng = random.Random(7)
    return [TABLE[task].make(rng) for _ in range(COUNT)]
