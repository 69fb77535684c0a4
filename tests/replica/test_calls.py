import math
from typing import Any

import pytest

from serve_app.config.schema import Limits, Model
from serve_app.contract import Contract
from serve_app.errors import InputTooLong, InvalidInput, ModelFault, NotReady, TooManyItems
from serve_app.replica.calls import HandleCalls
from serve_app.types import Done, Failure


@pytest.fixture
def calls() -> HandleCalls:
    limits = Limits(timeout_s=7, max_items=3)
    entry = Model(
        name="m",
        hf_model_name="stub",
        hf_task="generation",
        hf_generation_kwargs={"max_new_tokens": 5},
        limits=limits,
    )
    return HandleCalls(Contract(entry))


def test_items_carry_what_was_asked(calls: HandleCalls) -> None:
    [one] = calls.items("stream", "a", {"top_k": 2}, None)
    assert (one.verb, one.input, one.left_s) == ("stream", "a", 7)
    assert one.params.model_dump(exclude_none=True) == {"max_new_tokens": 5, "top_k": 2}
    many = calls.items("predict", ["a", "b"], None, 0.5)
    assert [(item.input, item.left_s) for item in many] == [("a", 0.5), ("b", 0.5)]
    assert many[0].params is many[1].params


def test_ids_are_each_item_s_own(calls: HandleCalls) -> None:
    others = HandleCalls(calls._contract)
    items = [
        item for each in (calls, others) for _ in range(3) for item in each.items("predict", ["a", "b"], None, None)
    ]
    assert len({item.id for item in items}) == 12


@pytest.mark.parametrize(
    ("input", "parameters", "timeout_s", "kind", "words", "field"),
    [
        ("", None, None, InvalidInput, "`input` must not be empty", "input"),
        (["a", 5], None, None, InvalidInput, "`input[1]` must be a string", "input[1]"),
        (None, None, None, InvalidInput, "`input` must be a string", "input"),
        (["a"] * 4, None, None, TooManyItems, "`input` holds 4 inputs, and this model takes 3", "input"),
        ("a", {"top_p": 3}, None, InvalidInput, "`parameters.top_p` must be less than", "parameters.top_p"),
        ("a", "x", None, InvalidInput, "`parameters` must be an object", "parameters"),
        ("a", None, 0, InvalidInput, "`timeout_s` must be a number greater than 0", "timeout_s"),
        ("a", None, -1, InvalidInput, "`timeout_s` must be a number greater than 0", "timeout_s"),
        ("a", None, math.nan, InvalidInput, "`timeout_s` must be a number greater than 0", "timeout_s"),
        ("a", None, "5", InvalidInput, "`timeout_s` must be a number greater than 0", "timeout_s"),
    ],
)
def test_what_is_wrong_is_told_as_over_http(
    calls: HandleCalls, input: Any, parameters: Any, timeout_s: Any, kind: type, words: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        calls.items("predict", input, parameters, timeout_s)
    assert type(raised.value) is kind
    assert str(raised.value).startswith(words)
    assert raised.value.field == field


def test_outputs_in_order(calls: HandleCalls) -> None:
    assert calls.outputs([Done("A"), Done(None)], single=False) == ["A", None]


def test_the_first_failure_is_raised_by_its_class_and_place(calls: HandleCalls) -> None:
    ends: list[Done | Failure] = [
        Done("A"),
        ModelFault("failed").as_failure(),
        InputTooLong("too long").as_failure(),
    ]
    with pytest.raises(ModelFault, match=r"^`input\[1\]`: failed$"):
        calls.outputs(ends, single=False)
    with pytest.raises(InputTooLong, match=r"^too long$") as raised:
        calls.outputs(ends[2:], single=True)
    assert raised.value.field == "input"
    with pytest.raises(NotReady, match=r"^stopping$"):
        calls.outputs([Failure("not_ready", "stopping", started=False)], single=False)
