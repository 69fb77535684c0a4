"""What an answer must look like, as a request says it: TGI's words and our own."""

import json
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from serve_app.tasks.sequences import Grammar

LONGEST = 128 * 1024
MOST_DEPTH = 64
Word = Annotated[str, Field(min_length=1, max_length=10_000)]


class GrammarParam(BaseModel):
    """One way of being right, and the value that says it in full."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    type: Literal["json_schema", "json", "json_object", "regex", "choice"] = Field(
        description="json_schema (or json) takes a schema, regex an expression, choice a list of answers"
    )
    value: (
        Annotated[dict[str, Any], Field(max_length=10_000)]
        | Annotated[str, Field(min_length=1, max_length=LONGEST)]
        | Annotated[list[Word], Field(min_length=1, max_length=10_000)]
        | None
    ) = Field(None, description="The schema, the expression or the list; json_object needs none")

    @model_validator(mode="after")
    def _value_fits(self) -> "GrammarParam":
        wanted = WANTED[self.type]
        if not isinstance(self.value, wanted.kinds):
            raise ValueError(f"a grammar of type {self.type} needs {wanted.words} as its value")
        if isinstance(self.value, dict) and _too_deep(self.value):
            raise ValueError(f"a grammar must not be nested more than {MOST_DEPTH} deep")
        return self

    @property
    def grammar(self) -> Grammar:
        """The same as the engine takes it."""
        kind = {"json": "json_schema"}.get(self.type, self.type)
        value = self.value
        # TGI wraps a schema together with its name.
        if kind == "json_schema" and isinstance(value, dict) and set(value) == {"name", "schema"}:
            value = value["schema"]
        return Grammar(kind, value if isinstance(value, str) else json.dumps(value) if value is not None else "")


def _too_deep(value: Any) -> bool:
    """Told without recursion: what is far too deep cannot even travel to a replica."""
    level = [value]
    for _ in range(MOST_DEPTH):
        parts = [part for each in level for part in (each.values() if isinstance(each, dict) else each)]
        level = [part for part in parts if isinstance(part, dict | list)]
        if not level:
            return False
    return True


class Wanted(NamedTuple):
    """What the value of a kind is."""

    kinds: tuple[type, ...]
    words: str


WANTED = {
    "json_schema": Wanted((dict, str), "a JSON schema"),
    "json": Wanted((dict, str), "a JSON schema"),
    "json_object": Wanted((dict, type(None)), "nothing, or an object,"),
    "regex": Wanted((str,), "a regular expression"),
    "choice": Wanted((list,), "a list of strings"),
}
