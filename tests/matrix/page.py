"""`docs/support.md`, written from the matrix."""

from collections.abc import Callable, Iterable
from pathlib import Path

from serve_app.tasks import TASKS
from tests.matrix import MATRIX
from tests.matrix.absent import EVERY_MODEL, JAVASCRIPT, PYTHON
from tests.matrix.base import Line, Way
from tests.matrix.published import CORRECTED, REFUSED

PATH = Path(__file__).parents[2] / "docs" / "support.md"
_PAGE = """# What the official clients can ask

Every line is a test, in which the answers of the synchronous and the asynchronous Python client (`huggingface_hub`)
and of the JavaScript client (`@huggingface/inference`) are compared with what the model says when it is asked natively:
on tiny models of all kinds, and on the demo models behind a live server. Tasks that no client has a method for are
asked by a plain POST. This page is written by `python -m tests.matrix` from the lines that are tested.

{tasks}

Any model also answers {pages} of the Python clients. Which paths a model answers at, and what may
stand where in a body, is told in [huggingface.md](huggingface.md).

## Methods without a line

{absent}

## Published schemas

Replies, requests and parameters are tested against the schemas of `@huggingface/tasks`, but for these corrections:

{corrected}

Published parameters that are refused, by a 422 with their name:

{refused}
"""


def page() -> str:
    """All of it."""
    return _PAGE.format(
        tasks=table(),
        pages=" and ".join(f"`{name}`" for name in EVERY_MODEL),
        absent=_table(
            ("client", "method", "why"),
            [("Python", f"`{name}`", why) for name, why in PYTHON.items()]
            + [("JavaScript", f"`{name}`", why) for name, why in JAVASCRIPT.items()],
        ),
        corrected=_table(
            ("task", "what the clients need"), [(f"`{task}`", why) for task, (_, why) in CORRECTED.items()]
        ),
        refused=_table(
            ("task", "parameter", "why"),
            [(f"`{task}`", f"`{name}`", why) for task, names in REFUSED.items() for name, why in names.items()],
        ),
    )


def table(mark: Callable[[Line, Way], str] = lambda line, way: "") -> str:
    """The tasks and their methods; `mark` says what was heard of each."""
    rows = []
    for task in TASKS:
        lines = [line for line in MATRIX if line.task == task]
        demos = _once(f"`demo/{line.demo}`" for line in lines)
        ways = [
            _once(f"`{way.method}`{mark(line, way)}" for line in lines if (way := getattr(line, client)))
            for client in ("python", "javascript")
        ]
        rows.append((f"`{task}`", *(way or "plain POST" for way in ways), demos))
    return _table(("task", "Python, sync and async", "JavaScript", "asked of"), rows)


def _once(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
