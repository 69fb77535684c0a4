"""The words of refusals: the field as the caller wrote it, few faults of many, and no library's jargon."""

from typing import Annotated, Any

import pytest
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from serve_app.errors import InvalidInput
from serve_app.refusals import refusal
from serve_app.tasks.base import Params


class Sentences(TypedDict):
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]

    source: str
    others: Annotated[list[str], Field(max_length=100_000)]


class Two(Params):
    top_k: int | None = None
    stop: str | list[str] | None = None


INPUT, PARAMS = TypeAdapter(Sentences), TypeAdapter(Two)


def refused(adapter: TypeAdapter[Any], value: Any) -> InvalidInput:
    with pytest.raises(ValidationError) as raised:
        adapter.validate_python(value)
    if adapter is INPUT:
        return refusal(raised.value, "inputs")
    return refusal(raised.value, "parameters", Two.model_fields)


@pytest.mark.parametrize(
    ("value", "field", "words"),
    [
        ({"others": []}, "inputs.source", "`inputs.source` is missing"),
        ({"source": "a", "others": ["b", 5]}, "inputs.others[1]", "`inputs.others[1]` must be a string"),
        (
            {"source": "a", "others": [], "more": 1},
            "inputs.more",
            "`inputs.more` is not a field of this input",
        ),
    ],
)
def test_what_is_wrong_inside_of_an_input(value: Any, field: str, words: str) -> None:
    error = refused(INPUT, value)
    assert (error.field, error.message) == (field, words)


def test_the_branches_of_a_union_are_one_fault() -> None:
    error = refused(PARAMS, {"stop": 5})
    assert (error.field, error.message) == ("parameters.stop", "`parameters.stop` must be a string or be a list")


def test_unknown_parameters_with_those_that_exist() -> None:
    error = refused(PARAMS, {"top": 1})
    assert error.message == "`parameters.top` is not a parameter of this task; there are top_k, stop"


def test_of_many_faults_the_first_five() -> None:
    error = refused(INPUT, {"source": "a", "others": [0] * 9})
    assert error.field == "inputs.others[0]"
    assert error.message == "; ".join(f"`inputs.others[{index}]` must be a string" for index in range(5))


def test_too_many_are_counted_and_not_read() -> None:
    error = refused(INPUT, {"source": "a", "others": [0] * 100_000})
    assert (error.field, error.message) == ("inputs", "`inputs` has 100000 faults, too many to list")
