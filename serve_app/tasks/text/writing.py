"""One call of the engine that writes: tokens become text, an end, and news for whoever waits."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from serve_app.tasks.base import Engine, Tick
from serve_app.tasks.text.continuation import Continuation
from serve_app.tasks.text.settings import Limits
from serve_app.types import Chunk, Done, Event, Item


@dataclass
class Answer:
    """What one row has written, and when it is enough."""

    item: Item
    prompt: list[int]
    limits: Limits
    text: Continuation
    reads_along: bool
    shown: Callable[[Item, str], str]
    over: bool = False
    untold: list[int] = field(default_factory=list)

    def take(self, token: int, ends: frozenset[int]) -> Chunk | None:
        """One more token: the text to tell, if there is some; `over` says whether it was the last."""
        if token in ends:
            return self.end()
        self.untold.append(token)
        piece = self.text.push(token)
        if self.text.stopped or self.text.count >= self.limits.at_most:
            return self.end(piece)
        return self._chunk(piece)

    def end(self, piece: str = "") -> Chunk | None:
        """No more tokens: what was not told yet."""
        self.over = True
        return self._chunk(piece + self.text.finish())

    def done(self) -> Done:
        return Done({"generated_text": self.shown(self.item, self.text.text)})

    def _chunk(self, piece: str) -> Chunk | None:
        if not piece or not self.reads_along:
            return None
        ids, self.untold = tuple(self.untold), []
        return Chunk(piece, ids)


class Writing:
    """Answers by their position in the batch, written in one call."""

    def __init__(self, answers: Mapping[int, Answer], settings: Mapping[str, Any], tick: Tick) -> None:
        self._positions, self._answers = list(answers), list(answers.values())
        self._settings, self._tick = settings, tick
        self._ends = frozenset(settings["eos_token_id"])
        self._gone: frozenset[int] = frozenset()

    def run(self, engine: Engine) -> frozenset[int]:
        """Write all answers; returns the positions that nobody waits for any more."""
        seeds = [answer.item.params.seed for answer in self._answers]
        own = {
            "max_new_tokens": max(answer.limits.at_most for answer in self._answers),
            "min_new_tokens": self._answers[0].limits.at_least,
            "seeds": [secrets.randbits(63) if seed is None else seed for seed in seeds],
        }
        written = engine.generate([answer.prompt for answer in self._answers], {**self._settings, **own}, self._step)
        self._catch_up(written)
        return self._gone

    def _step(self, tokens: Sequence[int | None]) -> frozenset[int]:
        pairs = zip(self._positions, self._answers, tokens, strict=True)
        taken = {
            position: (answer, answer.take(token, self._ends))
            for position, answer, token in pairs
            if token is not None and not answer.over
        }
        self._report(taken)
        return frozenset(
            index
            for index, (position, answer) in enumerate(zip(self._positions, self._answers, strict=True))
            if answer.over or position in self._gone
        )

    def _catch_up(self, written: Sequence[Sequence[int]]) -> None:
        """Beams, and engines that end by themselves, leave tokens or ends that no step has told."""
        for position, answer, tokens in zip(self._positions, self._answers, written, strict=True):
            if position in self._gone:
                continue
            pieces = [answer.take(token, self._ends) for token in tokens[answer.text.count :] if not answer.over]
            if not answer.over:
                pieces.append(answer.end())
            elif not pieces:
                continue
            told = [piece for piece in pieces if piece]
            ids = tuple(id for piece in told for id in piece.token_ids)
            self._report({position: (answer, Chunk("".join(piece.text for piece in told), ids) if told else None)})

    def _report(self, taken: Mapping[int, tuple[Answer, Chunk | None]]) -> None:
        chunks: dict[int, Event] = {position: chunk for position, (_, chunk) in taken.items() if chunk}
        dones: dict[int, Event] = {position: answer.done() for position, (answer, _) in taken.items() if answer.over}
        if chunks or not dones:
            self._gone |= self._tick(chunks)
        if dones:
            self._gone |= self._tick(dones)
