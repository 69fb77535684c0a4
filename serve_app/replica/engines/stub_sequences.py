"""The stub's running batch: every sequence says its own prompt again, token by token."""

from collections.abc import Callable, Sequence

from serve_app.replica.engines.stub_tokenizer import EOS
from serve_app.tasks.sequences import Prompted, Sequences, Token

Obey = Callable[[Sequence[Sequence[int]], int], None]
"""Does what the marks in new prompts say, in a batch of so many rows."""


class StubSequences(Sequences):
    """`step_done` takes the time of a step, `obey` that of prompts that have just joined."""

    def __init__(self, capacity: int, obey: Obey, step_done: Callable[[], None]) -> None:
        self._capacity = capacity
        self._obey, self._step_done = obey, step_done
        self._running: dict[str, Prompted] = {}
        self._said: dict[str, int] = {}

    @property
    def capacity(self) -> int:
        return self._capacity

    def holds(self, sequences: Sequence[Prompted]) -> bool:
        return _tokens(sequences) <= self._capacity

    def admits(self, sequences: Sequence[Prompted]) -> bool:
        return _tokens([*self._running.values(), *sequences]) <= self._capacity

    def join(self, sequence: Prompted) -> None:
        self._running[sequence.id] = sequence
        self._said[sequence.id] = 0

    def leave(self, id: str) -> None:
        self._running.pop(id, None)
        self._said.pop(id, None)

    def step(self) -> Sequence[Token]:
        self._obey([each.prompt for id, each in self._running.items() if not self._said[id]], len(self._running))
        self._step_done()
        return [self._next(id, each) for id, each in self._running.items()]

    def reset(self) -> None:
        self._running.clear()
        self._said.clear()

    def _next(self, id: str, sequence: Prompted) -> Token:
        said, self._said[id] = self._said[id], self._said[id] + 1
        logprob = None if sequence.sampling.logprobs is None else -float(said)
        return Token(id, sequence.prompt[said] if said < len(sequence.prompt) else EOS, logprob)


def _tokens(sequences: Sequence[Prompted]) -> int:
    return sum(len(sequence.prompt) + sequence.at_most for sequence in sequences)
