from typing import Any

import pytest

from serve_app.config.schema import Limits, Model
from serve_app.contract import Contract, too_many
from serve_app.errors import AppError, InputTooLong, InvalidInput, ModelFault, Overloaded, TooManyItems


def contract(task: str = "generation", **entry: Any) -> Contract:
    return Contract(Model(name="m", hf_model_name="stub", hf_task=task, **entry))


def refused(call: Any, *arguments: Any) -> tuple[str, str | None]:
    with pytest.raises(InvalidInput) as raised:
        call(*arguments)
    return str(raised.value), raised.value.field


def test_one_or_many() -> None:
    assert contract().inputs("a", "text") == (["a"], True)
    assert contract().inputs(["a"], "text") == (["a"], False)
    assert contract().inputs(["a", "b"], "text") == (["a", "b"], False)


def test_the_first_wrong_input_is_named_by_its_place() -> None:
    ask = contract().inputs
    assert refused(ask, ["a", "", 5], "input") == ("`input[1]` must not be empty", "input[1]")
    assert refused(ask, 5, "input") == ("`input` must be a string", "input")
    assert refused(ask, ("a",), "input") == ("`input` must be a string", "input")
    assert refused(ask, "a\ud800", "input") == ("`input` holds half a surrogate pair at position 1", "input")


def test_the_number_of_inputs_is_looked_at_before_the_inputs() -> None:
    few = contract(limits=Limits(max_items=2))
    assert few.inputs(["a", "b"], "text") == (["a", "b"], False)
    with pytest.raises(TooManyItems) as raised:
        few.inputs([1, 2, 3], "text")
    assert str(raised.value) == "`text` holds 3 inputs, and this model takes 2 in one request (limits.max_items)"
    assert raised.value.field == "text"


def test_requests_that_set_nothing_share_one_object() -> None:
    asked = contract(hf_generation_kwargs={"max_new_tokens": 5})
    defaults = asked.params(None, "p")
    assert defaults is asked.params({}, "p") is asked.params({"max_new_tokens": None}, "p") is asked.defaults
    assert defaults.model_dump(exclude_none=True) == {"max_new_tokens": 5}


def test_a_request_s_parameters_go_over_the_config_s() -> None:
    asked = contract(hf_generation_kwargs={"max_new_tokens": 5, "top_k": 3})
    merged = asked.params({"top_k": 7, "seed": None}, "p")
    assert merged.model_dump(exclude_none=True) == {"max_new_tokens": 5, "top_k": 7}
    words, field = refused(asked.params, {"min_new_tokens": 6}, "p")
    assert (words, field) == ("`p`: min_new_tokens 6 is above max_new_tokens 5", "p")


def test_faults_of_parameters_are_told_in_one_message() -> None:
    ask = contract("embeddings").params
    words, field = refused(ask, {"pooling": 1, "normalize": "yes", "poolin": 1}, "parameters")
    assert field == "parameters.normalize"
    assert words == (
        "`parameters.normalize` must be true or false; "
        "`parameters.pooling` must be 'mean', 'cls', 'last', 'max' or 'none'; "
        "`parameters.poolin` is not a parameter of this task; "
        "there are normalize, pooling, dimensions, truncate, truncation_direction, prompt_name, encoding_format"
    )


def test_a_hundred_faults_do_not_make_a_page() -> None:
    words, field = refused(contract().params, {f"{number}" + "x" * 500: 1 for number in range(100)}, "p")
    assert words.count("is not a parameter of this task") == 5
    assert len(words) < 1500
    assert field == "p.0" + "x" * 79 + "…"


@pytest.mark.parametrize("value", [5, "x", [], [["max_new_tokens", 5]], True])
def test_parameters_are_an_object(value: Any) -> None:
    assert refused(contract().params, value, "p") == ("`p` must be an object", "p")


def test_no_infinities_and_no_wordy_numbers() -> None:
    for value in (float("inf"), float("nan")):
        assert refused(contract().params, {"temperature": value}, "p")[0] == "`p.temperature` must be a finite number"
    assert refused(contract().params, {"temperature": "1"}, "p")[0] == "`p.temperature` must be a number"


@pytest.mark.parametrize(
    ("error", "index", "words", "field"),
    [
        (InputTooLong("too long"), None, "too long", "text"),
        (InputTooLong("too long"), 3, "`text[3]`: too long", "text[3]"),
        (InputTooLong("no room", "max_new_tokens"), None, "no room", "generation_params.max_new_tokens"),
        (InputTooLong("no room", "max_new_tokens"), 3, "`text[3]`: no room", "generation_params.max_new_tokens"),
        (ModelFault("failed"), 0, "`text[0]`: failed", "text[0]"),
        (Overloaded("full", None, 7.0), 3, "full", None),
    ],
)
def test_what_a_replica_says_is_put_in_the_caller_s_words(
    error: AppError, index: int | None, words: str, field: str | None
) -> None:
    placed = contract().placed(error, "text", "generation_params", index)
    assert (type(placed), str(placed), placed.field) == (type(error), words, field)
    assert placed.retry_after_s == error.retry_after_s


def test_too_many() -> None:
    error = too_many("inputs", 9, "this server takes 8")
    assert (str(error), error.field, error.status) == (
        "`inputs` holds 9 inputs, and this server takes 8",
        "inputs",
        422,
    )
