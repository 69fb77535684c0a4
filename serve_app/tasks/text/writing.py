"""One call of the engine that writes whole batches: each step's tokens go to their choices, and news to the callers."""

from collections.abc import Mapping, Sequence
from typing import Any

from serve_app.tasks.base import Engine, Tick
from serve_app.tasks.sequences import Token
from serve_app.tasks.text.choice import Choice
from serve_app.tasks.text.faults import failure_of_row
from serve_app.tasks.text.reply import Reply
from serve_app.types import Chunk, Event


class Writing:
    """Replies by their position in the batch, written in one call."""

    def __init__(self, replies: Mapping[int, Reply], search: Mapping[str, Any], tick: Tick) -> None:
        self._replies = replies
        self._search, self._tick = search, tick
        self._rows: list[tuple[int, Choice]] = [
            (position, choice) for position, reply in replies.items() for choice in reply.choices
        ]
        self._gone: frozenset[int] = frozenset()
        self._told: set[int] = set()

    def run(self, engine: Engine) -> frozenset[int]:
        """Write all answers; returns the positions that nobody waits for any more."""
        written = engine.generate([choice.sequence for _, choice in self._rows], self._search, self._step)
        self._catch_up(written)
        return self._gone

    def _step(self, tokens: Sequence[Token | None]) -> frozenset[int]:
        chunks: list[tuple[int, Chunk]] = []
        for (position, choice), token in zip(self._rows, tokens, strict=True):
            if token is None or choice.over or position in self._told:
                continue
            if token.fault is not None:
                self._told.add(position)
                self._gone |= self._tick({position: failure_of_row(token.fault)})
            else:
                chunks += [(position, chunk) for chunk in choice.take(token)]
        self._report(chunks)
        return frozenset(
            index
            for index, (position, choice) in enumerate(self._rows)
            if choice.over or position in self._gone or position in self._told
        )

    def _catch_up(self, written: Sequence[Sequence[int]]) -> None:
        """Beams, and engines that end by themselves, leave tokens or ends that no step has told."""
        chunks: list[tuple[int, Chunk]] = []
        for (position, choice), ids in zip(self._rows, written, strict=True):
            if position in self._gone or position in self._told:
                continue
            for id in ids[choice.count :]:
                if not choice.over:
                    chunks += [(position, chunk) for chunk in choice.take(Token(choice.sequence.id, id))]
            if not choice.over:
                chunks += [(position, chunk) for chunk in choice.end("length")]
        self._report(chunks)

    def _report(self, chunks: Sequence[tuple[int, Chunk]]) -> None:
        # One event for each position in a call: several choices of one item need several.
        calls: list[dict[int, Event]] = []
        for position, chunk in chunks:
            call = next((call for call in calls if position not in call), None)
            if call is None:
                calls.append(call := {})
            call[position] = chunk
        dones: dict[int, Event] = {
            position: reply.done()
            for position, reply in self._replies.items()
            if reply.over and position not in self._told
        }
        self._told |= dones.keys()
        for events in [*calls, *([dones] if dones else [])] or [{}]:
            self._gone |= self._tick(events)
