"""What a task is: how inputs become rows, what may share a forward, and how rows become an answer.

To add a task: write `tasks/my_task.py` with a subclass of `RowTask` (one forward a batch) or `ProgramTask`
(a loop such as `generate`), add its line to the table in `tasks/__init__.py`, and run the tests: the conformance
tests pick it up from the table. Override only what differs; the docstrings say which methods are meant for that.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from serve_app.errors import InvalidInput
from serve_app.tasks.kit import Kit
from serve_app.tasks.sequences import Grammar, Prompted, Sequences, Token
from serve_app.types import Event, Item

Arrays = dict[str, NDArray[Any]]
Reader = Literal["tokenizer", "image_processor", "feature_extractor", "processor"]
Tick = Callable[[Mapping[int, Event]], frozenset[int]]
Gone = Callable[[], frozenset[int]]
OnStep = Callable[[Sequence[Token | None]], frozenset[int]]


class Row(NamedTuple):
    """One line of a batch: its arrays without padding, and the length that padding is counted by.

    A grammar, which the answer must follow, is looked at by the engine before the row may run. Rows share a forward
    only with those of the same group: images of one shape, say. What `join` has to remember stands in `about`.
    """

    arrays: Arrays
    length: int
    grammar: Grammar | None = None
    group: Hashable = None
    about: Any = None


class Params(BaseModel):
    """A task's parameters: each with its bounds and one line of description."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
    nested: ClassVar[tuple[str, ...]] = ()
    """The parameters whose own keys mean the same as the parameters beside them."""

    @classmethod
    def over(cls, defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """A request's parameters over the config's. Override where one name takes another's place."""
        return {**defaults, **given}


class Engine(ABC):
    """What a task may ask of the engine; tensors stay on the engine's side."""

    @abstractmethod
    def forward(self, arrays: Arrays, outputs: Collection[str], positions: NDArray[np.int64] | None = None) -> Arrays:
        """The model's outputs of these names, the first axis as in `arrays`, floats as float32.

        With `positions`, some for each row, only these places of the second axis come back.
        """

    @abstractmethod
    def generate(self, sequences: Sequence[Prompted], search: Mapping[str, Any], on_step: OnStep) -> list[list[int]]:
        """New tokens for each sequence; `on_step` sees each step's tokens and names the rows that should stop.

        `search` says what all of them share: the beams, and the tokens that an answer begins with.
        """

    def call(
        self, method: str, arrays: Arrays, settings: Mapping[str, Any], on_step: Gone, seed: int | None = None
    ) -> dict[str, Any]:
        """One of the model's own methods as a whole, such as `generate`, and what it returns by name.

        A method that returns a single array calls it `output`; lists of arrays come along. `on_step` is asked now and
        then, and names the rows that nobody waits for any more. With a seed, whatever the method draws is the same
        every time. Of a method that is told to `output_logits`, the `logprobs` of the tokens that it wrote come back in
        their place.
        """
        raise NotImplementedError(f"this engine runs no `{method}` of a model")

    def study(self, grammar: Grammar) -> "Future[Any]":
        """Make a grammar ready for the rows that follow it; it ends with the error for the caller if it is no good."""
        refused: Future[Any] = Future()
        refused.set_exception(InvalidInput("this engine cannot make an answer follow a grammar", "grammar"))
        return refused

    def sequences(self) -> Sequences | None:
        """The running batch that prompts may join at any step, where the engine can do that for this model."""
        return None


class Task(ABC):
    """One task of the support matrix."""

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    executor: ClassVar[Literal["row", "program"]]
    auto_model: ClassVar[str]
    """The class that loads the weights."""
    library: ClassVar[str] = "transformers"
    """The package that this class is in; one that is an extra is asked for when the config is checked."""
    answer: ClassVar[str]
    """The word that holds the output in the original's reply."""
    listed: ClassVar[bool]
    """Hugging Face replies: true for a list even around a single answer, false for the bare answer."""
    root_parameters: ClassVar[bool] = False
    """Hugging Face requests: whether parameters may stand beside `inputs`."""
    root_input: ClassVar[tuple[str, ...]] = ()
    """Hugging Face requests: the parts of an input that may stand beside `inputs`, or in its place."""
    chats: ClassVar[bool] = False
    """Whether an input may be a conversation, and the answer its next message."""
    reads: ClassVar[tuple[Reader, ...]] = ("tokenizer",)
    """What turns inputs into numbers, as the model's folder holds it."""
    takes_bytes: ClassVar[bool] = False
    """Whether an input may be a file's own bytes: an image, a sound."""
    example_fits: ClassVar[bool] = True
    """Whether every model can do something with the example: some know other letters only."""
    makes: ClassVar[tuple[str, ...]] = ()
    """What kinds of files the answers may be, where they are files."""

    Input: ClassVar[Any]
    Params: ClassVar[type[Params]]
    Output: ClassVar[Any]

    @abstractmethod
    def expand(self, items: Sequence[Item], kit: Kit) -> "list[list[Row] | Exception]":
        """Each item's rows, with one tokenizer call for all; an item that is at fault gets its error instead."""

    def variant(self, config: Mapping[str, Any]) -> "Task":
        """Override where another kind of model, told by its config.json, does the same in another way."""
        return self

    def key(self, params: Any) -> Hashable:
        """Items with equal keys may share a forward. Override when parameters change the forward."""
        return None

    def check(self, kit: Kit) -> None:  # noqa: B027 (most tasks have nothing to refuse)
        """Override to refuse, with `ModelCannotLoad`, a loaded model that cannot do this task."""

    @abstractmethod
    def example(self) -> tuple[Any, dict[str, Any]]:
        """An input and parameters that always work: for curl lines, the docs and warm-up."""


class RowTask(Task):
    """Classifiers, embeddings, detection …: rows in, one forward, rows out."""

    executor = "row"
    outputs: ClassVar[tuple[str, ...]]
    """What `join` reads of the model's outputs; the rest never leaves the device."""

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        """The batch of some rows, padded to the longest."""
        names = rows[0].arrays.keys()
        return {name: kit.pad(name, [row.arrays[name] for row in rows]) for name in names}

    def positions(self, rows: Sequence[Row]) -> NDArray[np.int64] | None:
        """Override where `join` reads only some places of each row, as many for every row; None reads all."""
        return None

    @abstractmethod
    def join(self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit) -> Any:
        """One item's answer from the outputs of its rows, in the order of `expand`."""

    def split(self, outputs: Arrays, rows: Sequence[Row]) -> list[dict[str, NDArray[Any]]]:
        """The outputs row by row. Override where their first axis is not that of the rows."""
        return [{name: array[index] for name, array in outputs.items()} for index in range(len(rows))]


class ProgramTask(Task):
    """Loops over the model: generation, translation, speech …"""

    executor = "program"

    @abstractmethod
    def run(self, items: Sequence[Item], rows: Sequence[Row], kit: Kit, engine: Engine, tick: Tick) -> None:
        """Answer all items, which have equal keys.

        Call `tick` after every step with the events of that step by position (`Chunk` only for items whose verb is
        `stream`, at last one `Done` or `Failure` each); it returns the positions nobody waits for any more.
        """


def floats(array: NDArray[Any]) -> NDArray[np.float32]:
    """Numbers for the wire: an array travels and is written as JSON several times quicker than a list."""
    return np.ascontiguousarray(array, dtype=np.float32)
