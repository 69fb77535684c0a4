"""What the matrix is made of: a task, an input, how each client asks for it, and what makes the answer right.

To add a task: write its lines in the module of its kind. The tests ask tiny models in this process, demo models on a
live server, and compare every client with the model asked natively; `docs/support.md` is written from the same lines.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Telling = Callable[[Any], Any]


def as_it_is(answer: Any) -> Any:
    return answer


def in_word(word: str) -> Telling:
    """The native dialect gives the only part of an answer without its name."""
    return lambda answer: {word: answer}


class Way(NamedTuple):
    """A method of a client, its arguments, what it should make of the native answer, and what counts of its own."""

    method: str
    args: Mapping[str, Any]
    told: Telling = as_it_is
    heard: Telling = as_it_is


class Line(NamedTuple):
    """One thing to ask; without any way it is a plain POST. `right` is what only a trained model answers."""

    task: str
    demo: str
    tiny: str
    input: Any
    params: Mapping[str, Any] = {}
    python: Way | None = None
    javascript: Way | None = None
    right: Callable[[Any], bool] | None = None
    entry: Mapping[str, Any] = {}
    """What its model's entry says beside name, model and task."""

    @property
    def name(self) -> str:
        return f"{self.task}-by-{self.demo}"

    def __str__(self) -> str:
        ways = [way.method for way in (self.python, self.javascript) if way]
        return "-".join([self.task, *ways, *self.params])


def line(
    task: str,
    demo: str,
    tiny: str,
    input: Any,
    params: Mapping[str, Any] = {},
    *,
    word: str = "text",
    told: Telling = as_it_is,
    **more: Any,
) -> Line:
    """A line whose methods are called like the task, as most are; `word` is what Python calls the input."""
    first, *rest = task.split("-")
    parameters = {"parameters": params} if params else {}
    ways = {
        "python": Way(task.replace("-", "_"), {word: input, **params}, told),
        "javascript": Way(first + "".join(part.title() for part in rest), {"inputs": input, **parameters}, told),
    }
    return Line(task, demo, tiny, input, params, **{**ways, **more})
