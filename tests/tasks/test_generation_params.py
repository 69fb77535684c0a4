"""The bounds of every generation parameter, and when tokens are drawn."""

from typing import Any

import pytest
from pydantic import ValidationError

from serve_app.tasks.text.conversing import CausalParams
from serve_app.tasks.text.generation_params import GenerationParams
from serve_app.tasks.text.seq2seq_params import Seq2SeqParams

HOSTILE = [-1, 2**31, 2**63, float("nan"), float("inf"), float("-inf"), "1", [1], {"a": 1}, ["x"] * 1_000]
NUMBERS = [
    name
    for name, schema in GenerationParams.model_json_schema()["properties"].items()
    if any(branch.get("type") in ("integer", "number") for branch in schema.get("anyOf", ()))
    and name not in {"seed", "length_penalty", "eos_token_id", "frequency_penalty", "presence_penalty"}
]


@pytest.mark.parametrize("value", [*HOSTILE, True], ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_have_bounds(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        GenerationParams.model_validate({name: value})
    assert {error["loc"][0] for error in caught.value.errors()} == {name}


@pytest.mark.parametrize(
    "params",
    [
        {"seed": -1},
        {"seed": 2**63},
        {"seed": 1.5},
        {"seed": True},
        {"length_penalty": float("nan")},
        {"length_penalty": 101},
        *({name: value} for name in ("frequency_penalty", "presence_penalty") for value in (-2.1, 2.1, "1", True)),
        {"logit_bias": {"x": 1.0}},
        {"logit_bias": {"5": 101}},
        {"logit_bias": {"5": float("nan")}},
        {"logit_bias": {str(token): 0.0 for token in range(1025)}},
        {"best_of": 1, "n": 2},
        {"n": 2, "num_beams": 2},
        {"ignore_eos": 1},
        {"details": "true"},
        {"decoder_input_details": True},
        {"adapter_id": ""},
        {"grammar": {"type": "regex"}},
        {"grammar": {"type": "choice", "value": "a"}},
        {"grammar": {"type": "poem", "value": "a"}},
        {"grammar": {"type": "regex", "value": "a"}, "num_beams": 2},
        {"do_sample": 1},
        {"do_sample": "true"},
        {"use_cache": 0},
        {"early_stopping": "sometimes"},
        {"stop": ""},
        {"stop": ["ok", ""]},
        {"stop": ["x"] * 17},
        {"stop": "x" * 1001},
        {"stop": [5]},
        {"eos_token_id": -1},
        {"eos_token_id": [0, -1]},
        {"eos_token_id": list(range(17))},
        {"temperature": 100.5},
        {"top_p": 0},
        {"top_p": 1.01},
        {"num_beams": 0},
        {"num_beams": 17},
        {"num_return_sequences": 2},
        {"max_new_tokens": 0},
        {"min_new_tokens": 5, "max_new_tokens": 4},
        {"watermark": True},
    ],
    ids=str,
)
def test_what_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CausalParams.model_validate(params)


@pytest.mark.parametrize(
    "params",
    [
        {"temperature": 0},
        {"temperature": 1},
        {"temperature": None},
        {"stop": "end"},
        {"stop": ["end", "\n"]},
        {"early_stopping": "never"},
        {"early_stopping": True},
        {"eos_token_id": 50256, "pad_token_id": 50256},
        {"num_return_sequences": 1},
        {"seed": 0, "top_k": 0, "min_new_tokens": 0, "no_repeat_ngram_size": 0},
    ],
    ids=str,
)
def test_what_is_taken(params: dict[str, Any]) -> None:
    taken = GenerationParams.model_validate(params).model_dump(exclude_unset=True)
    assert taken == params


@pytest.mark.parametrize(
    ("params", "draws"),
    [
        ({}, False),
        ({"temperature": 0.7}, True),
        ({"top_p": 0.9}, True),
        ({"do_sample": True}, True),
        ({"do_sample": True, "temperature": 0}, False),
        ({"do_sample": True, "temperature": 0.0, "top_k": 5}, False),
        ({"do_sample": False, "temperature": 0.7}, False),
        ({"seed": 5}, False),
    ],
    ids=str,
)
def test_when_tokens_are_drawn(params: dict[str, Any], draws: bool) -> None:
    assert GenerationParams.model_validate(params).draws is draws


def test_each_kind_has_its_own_parameters() -> None:
    assert CausalParams.model_validate({"return_full_text": False}).return_full_text is False
    assert Seq2SeqParams.model_validate({"forced_bos_token_id": 3}).forced_bos_token_id == 3
    with pytest.raises(ValidationError):
        Seq2SeqParams.model_validate({"return_full_text": False})
