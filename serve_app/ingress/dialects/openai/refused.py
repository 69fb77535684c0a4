"""What OpenAI's clients may ask for and is not done here: refused by name, unless nothing is asked for."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from serve_app.errors import InvalidInput

Field = str


class Refused(NamedTuple):
    """Why a field cannot be honoured, and the values of it that ask for nothing."""

    why: str
    neutral: tuple[Any, ...] = ()


_STORED = Refused("nothing is stored here", (False,))
_FUNCTIONS = Refused("this form is deprecated; use tools and tool_choice")
REFUSED: Mapping[Field, Refused] = {
    "audio": Refused("answers are texts"),
    "function_call": _FUNCTIONS,
    "functions": _FUNCTIONS,
    "modalities": Refused("answers are texts", (["text"],)),
    "moderation": Refused("nothing is moderated here"),
    "prediction": Refused("predicted outputs are not supported"),
    "store": _STORED,
    "suffix": Refused("text cannot be put in front of a given end", ("",)),
    "tool_prompt": Refused("the model's own template says how tools are shown"),
    "verbosity": Refused("models here have no such setting; ask for it in a message", ("medium",)),
    "web_search_options": Refused("nothing is searched for here"),
}


def without_refused(body: Mapping[str, Any], table: Mapping[Field, Refused]) -> dict[str, Any]:
    """The body without fields that are null or ask for nothing."""
    given = {name: value for name, value in body.items() if value is not None}
    for name in table.keys() & given.keys():
        refused, value = table[name], given.pop(name)
        if not any(type(value) is type(each) and value == each for each in refused.neutral):
            raise InvalidInput(f"`{name}` is not supported: {refused.why}", name)
    return given


def schema(table: Mapping[Field, Refused]) -> dict[str, Any]:
    """What such fields may be."""
    return {name: {"enum": [*refused.neutral, None], "description": refused.why} for name, refused in table.items()}
