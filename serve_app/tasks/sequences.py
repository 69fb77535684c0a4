"""What a task and an engine say to each other where sequences join and leave a running batch at every step."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from numpy.typing import NDArray

Features = Mapping[str, NDArray[Any]]
"""What a prompt shows beside its tokens, such as the pixels of images, by the names that the model takes it by."""
NOTHING_SHOWN: Features = MappingProxyType({})

Tops = tuple[tuple[int, float], ...]
"""The likeliest tokens of a place with the logarithms of their probabilities."""


class Grammar(NamedTuple):
    """What an answer must look like; the kind says how the text is read."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How one sequence's next token is chosen, whatever runs beside it."""

    temperature: float = 0.0
    """0 takes the likeliest token."""
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    typical_p: float = 1.0
    repetition_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    no_repeat_ngram_size: int = 0
    logit_bias: tuple[tuple[int, float], ...] = ()
    suppressed: tuple[int, ...] = ()
    """Tokens that are never written."""
    seed: int = 0
    min_new_tokens: int = 0
    ends: frozenset[int] = frozenset()
    """Tokens that end a sequence, and so are not written before `min_new_tokens`."""
    logprobs: int | None = None
    """Tell each token's probability, and those of so many likeliest ones beside it."""
    grammar: Grammar | None = None

    @property
    def plain(self) -> bool:
        """Whether the likeliest token is taken as the model says it."""
        return self == Sampling(seed=self.seed, ends=self.ends)


class Prompted(NamedTuple):
    """A sequence to be written on; `adapter` names the weights on top of the model's own.

    Features whose first axes are one and the prompt's length belong to its tokens; sequences of one call have all
    others in shapes that differ in the first axis only.
    """

    id: str
    prompt: list[int]
    at_most: int
    sampling: Sampling
    adapter: str = ""
    features: Features = NOTHING_SHOWN


class Token(NamedTuple):
    """One more token of a sequence, or what went wrong with that sequence alone."""

    sequence: str
    id: int
    logprob: float | None = None
    tops: Tops = ()
    fault: Exception | None = None


class Sequences(ABC):
    """The running batch of an engine; used by one thread."""

    @property
    @abstractmethod
    def capacity(self) -> int:
        """Tokens that all sequences together may hold, prompts and answers."""

    @abstractmethod
    def holds(self, sequences: Sequence[Prompted]) -> bool:
        """Whether there is room for the whole of them when nothing else runs."""

    @abstractmethod
    def admits(self, sequences: Sequence[Prompted]) -> bool:
        """Whether there is room for the whole of them now."""

    @abstractmethod
    def join(self, sequence: Prompted) -> None:
        """Let it take part from the next step on."""

    @abstractmethod
    def leave(self, id: str) -> None:
        """Free what it holds; a name that is not there is no fault."""

    @abstractmethod
    def step(self) -> Sequence[Token]:
        """One step of all; some sequences may get none yet while their prompts are read."""

    @abstractmethod
    def reset(self) -> None:
        """Forget every sequence, after a step that failed."""
