"""How faults speak of words: what was found, what comes nearest, what there is to choose from."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

LONGEST_SHOWN = 60


def found(value: Any) -> str:
    """A value as its writer would recognise it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return repr(value if len(value) <= LONGEST_SHOWN else value[: LONGEST_SHOWN - 1] + "…")
        case list() | tuple():
            return f"a list of {len(value)}"
        case dict():
            return "a mapping"
        case _:
            return str(value)


def nearest(word: Any, choices: Iterable[str]) -> str | None:
    """The choice that a misspelt word most likely means."""
    by_form = {_form(choice): choice for choice in choices}
    match = get_close_matches(_form(str(word)), list(by_form), n=1, cutoff=0.6)
    return by_form[match[0]] if match else None


def advise(word: Any, choices: Iterable[str], label: str = "choices") -> str:
    """The nearest spelling and the valid choices, as the hint of a fault."""
    choices = tuple(choices)
    close = nearest(word, choices)
    listed = f"{label}: {', '.join(choices)}"
    return f"did you mean '{close}'? {listed}" if close else listed


def _form(word: str) -> str:
    return word.lower().replace("-", "_").strip("_ ")
