"""Labels of the caller's own, and the sentences that they make."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from serve_app.tasks.text.input import Phrase

_MOST_LABELS = 1000


def _split(labels: Any) -> Any:
    return [label for part in labels.split(",") if (label := part.strip())] if isinstance(labels, str) else labels


def _all_different(labels: list[str]) -> list[str]:
    if len(set(labels)) < len(labels):
        raise PydanticCustomError("same_label", "must not hold a label twice: the two would share its score")
    return labels


def _with_one_gap(template: str) -> str:
    # Any other brace would be read by str.format, which reaches into attributes.
    if template.count("{}") != 1 or template.count("{") + template.count("}") != 2:
        raise PydanticCustomError("template", "must hold {gap} once, and no other brace", {"gap": "{}"})
    return template


_Labels = Annotated[list[Phrase], Field(min_length=1, max_length=_MOST_LABELS, json_schema_extra={"uniqueItems": True})]
_Separated = Annotated[str, Field(pattern=r"[^\s,]")]
Candidates = Annotated[
    _Labels,
    BeforeValidator(_split, json_schema_input_type=_Labels | _Separated),
    AfterValidator(_all_different),
    Field(description="The labels to choose from: a list, or one string with commas between them"),
]
Template = Annotated[
    Phrase,
    Field(json_schema_extra={"pattern": r"^[^{}]*\{\}[^{}]*$"}),
    AfterValidator(_with_one_gap),
]


def sentences(labels: Sequence[str], template: str) -> list[str]:
    """Each label in the template's gap."""
    return [template.replace("{}", label) for label in labels]
