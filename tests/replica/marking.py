"""A task's example with something more in its text, whatever shape the input has."""

from collections.abc import Callable, Sequence
from typing import Any


def marked(value: Any, marks: Sequence[str]) -> Any:
    """The input with these words behind its text, or behind the last of its texts."""
    return _changed(value, lambda text: " ".join((text, *marks)))


def lengthened(value: Any, length: int) -> Any:
    """The input with its text, or the last of its texts, that much longer."""
    return _changed(value, lambda text: f"{text} {'x' * length}")


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        # The last of several texts is the one that may be long: a context, where a question comes first.
        *_, name = (name for name, part in value.items() if isinstance(part, str))
        return {**value, name: change(value[name])}
    return change(value)
