"""Zero-shot classification against transformers' own pipeline."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from serve_app.errors import InputTooLong, ModelCannotLoad, ModelFault
from serve_app.tasks.kit import Kit
from serve_app.tasks.zero_shot_classification import ZeroShotClassification, ZeroShotParams
from serve_app.types import Item
from tests.served_model import ServedModel
from tests.tiny_models import SENTENCES

MODELS = ("bert-nli", "bert-nli-reversed", "bart-nli")
LABELS = ["sports", "a good day", "今天", "يوم", "🎉 👩‍👩‍👧", "cafe\u0301"]
WAYS: dict[str, dict[str, Any]] = {
    "plain": {"candidate_labels": LABELS},
    "multi-label": {"candidate_labels": LABELS, "multi_label": True},
    "template": {"candidate_labels": LABELS[:2], "hypothesis_template": "好 {} 🎉"},
    "one label": {"candidate_labels": ["sports"]},
    "with commas": {"candidate_labels": " sports , 今天,,a good day ,"},
}


@pytest.fixture(scope="module")
def served(folders: dict[str, Path]) -> dict[str, ServedModel]:
    return {name: ServedModel(folders[name], "zero-shot-classification") for name in MODELS}


@pytest.fixture(scope="module")
def pipelines(folders: dict[str, Path]) -> dict[str, Any]:
    from transformers import pipeline

    return {name: pipeline("zero-shot-classification", str(folders[name]), device="cpu") for name in MODELS}


def assert_same(answer: Sequence[Any], expected: Any) -> None:
    assert [entry["label"] for entry in answer] == expected["labels"]
    assert [entry["score"] for entry in answer] == pytest.approx(expected["scores"], abs=1e-4)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MODELS)
def test_answers_are_the_pipelines(
    served: dict[str, ServedModel], pipelines: dict[str, Any], name: str, way: str
) -> None:
    together = served[name].predict(SENTENCES, **WAYS[way])
    for sentence, answer in zip(SENTENCES, together, strict=True):
        expected = pipelines[name](sentence, **WAYS[way])
        assert_same(answer, expected)
        assert_same(served[name].predict([sentence], **WAYS[way])[0], expected)


def test_requests_with_labels_of_their_own_share_a_batch(
    served: dict[str, ServedModel], pipelines: dict[str, Any]
) -> None:
    answers = served["bert-nli"].predict_each(SENTENCES[: len(WAYS)], list(WAYS.values()))
    for sentence, params, answer in zip(SENTENCES, WAYS.values(), answers, strict=False):
        assert_same(answer, pipelines["bert-nli"](sentence, **params))


def test_scores_add_up_to_one_unless_several_labels_may_be_right(served: dict[str, ServedModel]) -> None:
    [one] = served["bert-nli"].predict(["a good day"], candidate_labels=LABELS)
    [several] = served["bert-nli"].predict(["a good day"], candidate_labels=LABELS, multi_label=True)
    assert sum(entry["score"] for entry in one) == pytest.approx(1, abs=1e-5)
    assert abs(sum(entry["score"] for entry in several) - 1) > 0.1
    assert len({round(entry["score"], 4) for entry in several}) == len(LABELS), "else labels could not be told apart"


def test_a_label_may_look_like_a_template(served: dict[str, ServedModel]) -> None:
    [answer] = served["bert-nli"].predict(["a good day"], candidate_labels=["{}", "{0.__class__}"])
    assert {entry["label"] for entry in answer} == {"{}", "{0.__class__}"}


def test_rows_are_the_tokenizers_own_pairs(served: dict[str, ServedModel]) -> None:
    for name, model in served.items():
        items = model.items(SENTENCES, [{"candidate_labels": LABELS}] * len(SENTENCES))
        for item, rows in zip(items, model.expanded(items), strict=True):
            pairs = [(item.input, f"This example is {label}.") for label in LABELS]
            encoded = model.kit.tokenizer(*map(list, zip(*pairs, strict=True)))
            assert [row.arrays["input_ids"].tolist() for row in rows] == encoded["input_ids"]
            if name != "bart-nli":
                assert [row.arrays["token_type_ids"].tolist() for row in rows] == encoded["token_type_ids"]


def test_too_long_names_both_numbers(served: dict[str, ServedModel]) -> None:
    params = {"candidate_labels": ["a", "a b c"], "hypothesis_template": "x {}"}
    # Three special tokens and, in the longer hypothesis, four others.
    assert len(served["bert-nli"].predict(["a " * 121], **params)[0]) == 2
    with pytest.raises(InputTooLong) as caught:
        served["bert-nli"].predict(["a " * 122], **params)
    assert str(caught.value) == "with the longest label the input has 129 tokens and the model takes 128"


@pytest.mark.parametrize("name", MODELS)
def test_truncation_cuts_the_text_only(served: dict[str, ServedModel], pipelines: dict[str, Any], name: str) -> None:
    labels = ["a", "a b c x", "good " * 5]
    [answer] = served[name].predict(["a b good " * 100], candidate_labels=labels, truncation=True)
    assert_same(answer, pipelines[name]("a b good " * 100, candidate_labels=labels))
    [rows] = served[name].expanded(
        served[name].items(["a b good " * 100], [{"candidate_labels": labels, "truncation": True}])
    )
    assert [row.length for row in rows] == [served[name].kit.max_input_tokens] * 3


@pytest.mark.parametrize("truncation", [False, True])
def test_a_label_that_leaves_no_room(served: dict[str, ServedModel], truncation: bool) -> None:
    params = {"candidate_labels": ["b", "a " * 124], "hypothesis_template": "x{}", "truncation": truncation}
    with pytest.raises(InputTooLong) as caught:
        served["bert-nli"].predict(["a"], **params)
    assert caught.value.field == "candidate_labels"
    assert str(caught.value) == (
        "the longest label makes a sentence of 128 tokens and the model takes 128: no room is left for the text"
    )


def test_one_at_fault_harms_no_other(served: dict[str, ServedModel]) -> None:
    model = served["bert-nli"]
    items = model.items(["a", "a " * 200, "b"], [{"candidate_labels": ["x"]}] * 3)
    good, bad, fine = model.task.expand(items, model.kit)
    assert isinstance(bad, InputTooLong)
    assert isinstance(good, list) and isinstance(fine, list)


def test_a_model_of_something_else_is_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(ModelCannotLoad, match="none of this model's labels is called entailment"):
        ServedModel(folders["bert"], "zero-shot-classification")


def test_a_model_that_reads_the_last_place_is_refused(served: dict[str, ServedModel]) -> None:
    kit = served["bert-nli"].kit
    last = replace(kit, config={**kit.config, "summary_type": "last"})
    with pytest.raises(ModelCannotLoad, match="zero-shot-classification does not work with bert, whose answers would"):
        ZeroShotClassification().check(last)


def test_labels_named_in_the_config_are_a_way_out(folders: dict[str, Path], served: dict[str, ServedModel]) -> None:
    names = ["contradiction", "neutral", "entailment"]
    kwargs = {"id2label": dict(enumerate(names)), "label2id": {name: place for place, name in enumerate(names)}}
    named = ServedModel(folders["bert"], "zero-shot-classification", hf_model_kwargs=kwargs)
    [answer] = named.predict(["a good day"], candidate_labels=["a", "b"])
    assert sum(entry["score"] for entry in answer) == pytest.approx(1, abs=1e-5)


def test_scores_that_are_no_numbers_are_the_models_fault() -> None:
    item = Item("1", "predict", "a", ZeroShotParams(candidate_labels=["a"]), 1)
    kit = Kit(None, 8, 8, config={"label2id": {"no": 0, "entailment": 1}})
    with pytest.raises(ModelFault, match="not finite"):
        ZeroShotClassification().join(item, [], [{"logits": np.asarray([0, np.nan], dtype=np.float32)}], kit)


@pytest.mark.parametrize(
    "wrong",
    [
        {"candidate_labels": None},
        {"candidate_labels": []},
        {"candidate_labels": ""},
        {"candidate_labels": " , ,"},
        {"candidate_labels": 5},
        {"candidate_labels": {"a": 1}},
        {"candidate_labels": ["a", 1]},
        {"candidate_labels": ["a", ""]},
        {"candidate_labels": ["a", " "]},
        {"candidate_labels": ["a", "b", "a"]},
        {"candidate_labels": "a,b,a"},
        {"candidate_labels": ["x" * 1001]},
        {"candidate_labels": [str(number) for number in range(1001)]},
        {"hypothesis_template": "no gap"},
        {"hypothesis_template": "{} and {}"},
        {"hypothesis_template": "{0}"},
        {"hypothesis_template": "{0.__class__}"},
        {"hypothesis_template": "{} {0.__class__}"},
        {"hypothesis_template": "{{}}"},
        {"hypothesis_template": "{!r}"},
        {"hypothesis_template": ""},
        {"hypothesis_template": 5},
        {"hypothesis_template": "{}" + "x" * 999},
        {"multi_label": 1},
        {"multi_label": float("nan")},
        {"truncation": "only_first"},
    ],
)
def test_params_have_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        ZeroShotParams.model_validate({"candidate_labels": ["a"], **wrong})
    assert {error["loc"][0] for error in caught.value.errors()} == set(wrong)


def test_labels_are_required() -> None:
    with pytest.raises(ValidationError, match=r"candidate_labels\n  Field required"):
        ZeroShotParams.model_validate({"multi_label": True})
