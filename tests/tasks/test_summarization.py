"""Summaries against plain transformers, the settings they start from, and what callers may ask."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from serve_app.config.schema import Model
from serve_app.contract import Contract
from serve_app.errors import InputTooLong, InvalidInput
from serve_app.tasks.text.seq2seq_params import Seq2SeqParams
from serve_app.tasks.text.tidying import tidy
from tests.served_model import ServedModel
from tests.tasks.encoder_decoders import Plain, in_each_company
from tests.tiny_models import SENTENCES

OWN: dict[str, Any] = {
    "num_beams": 3,
    "early_stopping": True,
    "length_penalty": 2.0,
    "min_length": 6,
    "max_length": 14,
    "no_repeat_ngram_size": 3,
}


@pytest.fixture(scope="module")
def served(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["t5-tasks"], "summarization")


@pytest.fixture(scope="module")
def plain(folders: dict[str, Path]) -> Plain:
    return Plain(folders["t5-tasks"])


@pytest.mark.parametrize(
    ("asked", "settings"),
    [
        ({}, OWN),
        ({"num_beams": 1}, {**OWN, "num_beams": 1}),
        ({"max_length": 20, "min_length": 12}, {**OWN, "max_length": 20, "min_length": 12}),
        ({"max_new_tokens": 5, "min_length": 0}, {**OWN, "max_length": 6, "min_length": 0}),
        ({"num_beams": 4, "early_stopping": False}, {**OWN, "num_beams": 4, "early_stopping": False}),
        (
            {"length_penalty": -1.0, "early_stopping": "never"},
            {**OWN, "length_penalty": -1.0, "early_stopping": "never"},
        ),
    ],
    ids=str,
)
def test_summaries_are_transformers_own_in_a_batch_and_alone(
    served: ServedModel, plain: Plain, asked: dict[str, Any], settings: dict[str, Any]
) -> None:
    expected = plain.write([f"summarize: {text}" for text in SENTENCES], **settings)
    assert len(set(expected)) > 4
    assert in_each_company(lambda texts: served.predict(texts, **asked), SENTENCES) == [expected, expected]


def test_a_model_without_settings_for_summaries_uses_its_own(folders: dict[str, Path]) -> None:
    expected = Plain(folders["bart"]).write(SENTENCES, num_beams=3, max_length=20)
    bart = ServedModel(folders["bart"], "summarization")
    assert in_each_company(bart.predict, SENTENCES) == [expected, expected]


def test_a_prefix_is_the_caller_s_to_choose_and_never_put_twice(served: ServedModel, plain: Plain) -> None:
    [expected] = plain.write(["summarize: a good day"], **OWN)
    assert served.predict(["summarize: a good day", "a good day"]) == [expected, expected]
    assert served.predict(["a good day"], prefix="to the ") == plain.write(["to the a good day"], **OWN)
    assert served.predict(["a good day"], prefix="") == plain.write(["a good day"], **OWN)


def test_the_answer_has_its_own_word(served: ServedModel) -> None:
    ((_, done),) = served.stream(["a good day"], [{}])
    assert done.output == {"summary_text": served.predict(["a good day"])[0]}


@pytest.mark.parametrize("value", [True, "longest_first", "only_first"])
def test_a_long_text_is_cut_when_asked(folders: dict[str, Path], value: Any) -> None:
    short = ServedModel(folders["t5-tasks"], "summarization", limits={"max_input_tokens": 20})
    [row] = short.rows(short.items(["the day " * 20], [{"truncation": value}]))
    whole = short.kit.tokenizer("summarize: " + "the day " * 20)["input_ids"]
    assert row.arrays["input_ids"].tolist() == [*whole[:19], whole[-1]]
    assert row.length == 20


@pytest.mark.parametrize("value", [None, False, "do_not_truncate", "only_second"])
def test_a_long_text_is_else_an_error_with_both_numbers(folders: dict[str, Path], value: Any) -> None:
    short = ServedModel(folders["t5-tasks"], "summarization", limits={"max_input_tokens": 20})
    length = len(short.kit.tokenizer("summarize: " + "the day " * 20)["input_ids"])
    with pytest.raises(InputTooLong, match=f"the input has {length} tokens and the model takes 20"):
        short.predict(["the day " * 20], truncation=value)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Yes , it is n't . No !", "Yes, it isn't. No!"),
        ("Why ? I 'm , you 're , they 've", "Why? I'm, you're, they've"),
        ("rock ' roll 's", "rock'roll's"),
        ("今天 . 🎉", "今天. 🎉"),
    ],
)
def test_spaces_are_tidied_as_the_tokenizer_would(plain: Plain, left: str, right: str) -> None:
    assert tidy(left) == right == plain.tokenizer.clean_up_tokenization(left)


def test_spaces_are_tidied_by_request_or_by_the_tokenizer(served: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    [item] = served.items(["a"], [{}])
    [asking] = served.items(["a"], [{"clean_up_tokenization_spaces": True}])
    [refusing] = served.items(["a"], [{"clean_up_tokenization_spaces": False}])

    def shown() -> list[str]:
        return [served.task.shown(each, "a . b", served.kit) for each in (item, asking, refusing)]  # type: ignore[attr-defined]

    assert shown() == ["a . b", "a. b", "a . b"]
    monkeypatch.setattr(served.kit.tokenizer, "clean_up_tokenization_spaces", True)
    assert shown() == ["a. b", "a. b", "a . b"]


def contract(**generation: Any) -> Contract:
    return Contract(Model(name="m", hf_model_name="stub", hf_task="summarization", hf_generation_kwargs=generation))


@pytest.mark.parametrize(
    ("operator", "request_", "merged"),
    [
        ({}, {"generate_parameters": {"max_length": 9, "num_beams": 2}}, {"max_length": 9, "num_beams": 2}),
        ({}, {"generate_parameters": {"max_length": 9}, "max_length": 8}, {"max_length": 8}),
        ({}, {"generate_parameters": {"max_length": None, "num_beams": 2}}, {"num_beams": 2}),
        ({"max_length": 5}, {"generate_parameters": {"max_length": 9}}, {"max_length": 9}),
        ({"max_length": 5}, {"generate_parameters": {"max_length": None}}, {"max_length": 5}),
        (
            {"generate_parameters": {"max_length": 5, "num_beams": 2}},
            {"max_length": 9},
            {"max_length": 9, "num_beams": 2},
        ),
        ({"max_new_tokens": 5, "num_beams": 2}, {"max_length": 9}, {"max_length": 9, "num_beams": 2}),
        ({"min_length": 5}, {"generate_parameters": {"min_new_tokens": 2}}, {"min_new_tokens": 2}),
        ({"generate_parameters": {"max_length": 5}}, {}, {"max_length": 5}),
    ],
    ids=str,
)
def test_parameters_flat_and_nested_of_operator_and_request(
    operator: dict[str, Any], request_: dict[str, Any], merged: dict[str, Any]
) -> None:
    assert contract(**operator).params(request_, "parameters").model_dump(exclude_none=True) == merged


@pytest.mark.parametrize(
    ("given", "words", "field"),
    [
        ({"generate_parameters": {"max_length": 0}}, "must be greater than", "generate_parameters.max_length"),
        ({"generate_parameters": {"num_beams": "4"}}, "must be a whole number", "generate_parameters.num_beams"),
        ({"generate_parameters": {"nonsense": None}}, "is not a parameter", "generate_parameters.nonsense"),
        ({"generate_parameters": {"temperature": float("nan")}}, "finite", "generate_parameters.temperature"),
        ({"generate_parameters": [1]}, "must be an object", "generate_parameters"),
        ({"generate_parameters": {"min_new_tokens": 5, "max_new_tokens": 4}}, "is above", "generate_parameters"),
        ({"truncation": "first"}, "'longest_first'", "truncation"),
        ({"truncation": 1}, "must be", "truncation"),
        ({"clean_up_tokenization_spaces": "yes"}, "must be true or false", "clean_up_tokenization_spaces"),
        ({"prefix": 5}, "must be a string", "prefix"),
        ({"prefix": "x" * 10_001}, "at most 10000", "prefix"),
        ({"forced_bos_token_id": -1}, "greater than or equal to 0", "forced_bos_token_id"),
        ({"src_lang": "en"}, "is not a parameter of this task", "src_lang"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_faults_name_their_field(given: dict[str, Any], words: str, field: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        contract().params(given, "parameters")
    assert caught.value.field == f"parameters.{field}"


def test_without_a_contract_nothing_is_overlooked_either() -> None:
    with pytest.raises(ValidationError):
        Seq2SeqParams.model_validate({"generate_parameters": {"nonsense": 1}})
    assert Seq2SeqParams.model_validate({"generate_parameters": {"num_beams": 3}}).num_beams == 3
