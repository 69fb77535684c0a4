"""Scores of tokens become entities: a word's tokens agree on a label, neighbours join, overlaps are settled."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

import numpy as np

from serve_app.tasks.scoring.scores import Scores
from serve_app.tasks.text.subwords import Subwords

# What a word makes of the scores of its tokens; without a line here every token speaks for itself.
AGREEMENTS: Mapping[str, Callable[[Scores], Scores]] = {
    "first": lambda scores: scores[0],
    "average": lambda scores: scores.mean(axis=0),
    "max": lambda scores: scores[scores.max(axis=1).argmax()],
}


class Entity(NamedTuple):
    """A stretch of the text and what it is; `position` is where its first token stands in the row."""

    label: str
    score: float
    word: str
    start: int
    end: int
    position: int


class Token(NamedTuple):
    """One token of the text: how it is written, whether it goes on with the word before it, and its places."""

    word: str
    continues: bool
    position: int
    start: int
    end: int


def found(
    tokens: Sequence[Token],
    scores: Scores,
    labels: Sequence[str],
    strategy: str,
    ignored: Collection[str],
    subwords: Subwords,
) -> list[Entity]:
    """What the tokens are, with a line of scores for each; with the strategy none each by itself."""
    agree = AGREEMENTS.get(strategy)
    words = _runs(range(len(tokens)), lambda token, _: agree is not None and tokens[token].continues)
    votes = scores if agree is None else np.asarray([agree(scores[word]) for word in words]).reshape(-1, len(labels))
    told, sure = [labels[best] for best in votes.argmax(axis=1)], votes.max(axis=1).tolist()
    entities = []
    for run in _runs(range(len(words)), lambda word, last: strategy != "none" and _goes_on(told[word], told[last])):
        label = told[run[0]] if strategy == "none" else told[run[0]].split("-", 1)[-1]
        # Most tokens are none of what is looked for: only the others are worth being spelt out.
        if label in ignored:
            continue
        spelt = [[tokens[token].word for token in words[word]] for word in run]
        parts = [part for [part] in spelt] if agree is None else [subwords.said(word) for word in spelt]
        written = parts[0] if strategy == "none" else subwords.said(parts)
        first, last = tokens[words[run[0]][0]], tokens[words[run[-1]][-1]]
        score = fmean(sure[word] for word in run)
        entities.append(Entity(label, score, written, first.start, last.end, first.position))
    return entities


def settled(entities: Iterable[Entity]) -> list[Entity]:
    """Of those that overlap, as windows do, the longest, and of equally long ones the likeliest."""
    kept: list[Entity] = []
    for entity in sorted(entities, key=lambda entity: entity.start):
        if not kept or entity.start >= kept[-1].end:
            kept.append(entity)
        elif _weight(entity) > _weight(kept[-1]):
            kept[-1] = entity
    return kept


def _goes_on(label: str, before: str) -> bool:
    """B- begins another entity; what is written neither B- nor I- counts as I-."""
    return not label.startswith("B-") and _bare(label) == _bare(before)


def _bare(label: str) -> str:
    return label[2:] if label.startswith(("B-", "I-")) else label


def _weight(entity: Entity) -> tuple[int, float]:
    return entity.end - entity.start, entity.score


def _runs(places: Iterable[int], joins: Callable[[int, int], bool]) -> list[list[int]]:
    """Neighbours together as long as each joins the one before it."""
    runs: list[list[int]] = []
    for place in places:
        if runs and joins(place, runs[-1][-1]):
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs
