"""Fill mask against transformers' own pipeline."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from serve_app.errors import InputTooLong, InvalidInput, ModelCannotLoad, ModelFault
from serve_app.tasks.fill_mask import FillMask, FillMaskParams
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.masks import with_own_mask
from serve_app.types import Item
from tests.served_model import ServedModel
from tests.tiny_models import SENTENCES

MASKS = {"bert-mlm": "[MASK]", "roberta-mlm": "<mask>", "phobert-mlm": "<mask>"}
TEXTS = (*(f"{sentence} {{}}" for sentence in SENTENCES), "{} a day", "{}", "a {} day {} good, it's {}!")
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "many": {"top_k": 12},
    "one": {"top_k": 1},
    "targets": {"targets": ["good", "a", "goodish", "x", "今天", "good"]},
    "fewer targets": {"targets": ["a", "x", "good"], "top_k": 2},
    "one target": {"targets": "day"},
}


@pytest.fixture(scope="module")
def served(folders: dict[str, Path]) -> dict[str, ServedModel]:
    return {name: ServedModel(folders[name], "fill-mask") for name in MASKS}


@pytest.fixture(scope="module")
def pipelines(folders: dict[str, Path]) -> dict[str, Any]:
    from transformers import pipeline

    return {name: pipeline("fill-mask", str(folders[name]), device="cpu") for name in MASKS}


def assert_same(answer: Any, expected: Any) -> None:
    assert shape(answer) == shape(expected)
    for found, wanted in zip(flat(answer), flat(expected), strict=True):
        assert found == {**wanted, "score": pytest.approx(wanted["score"], abs=1e-4)}


def shape(answer: Any) -> list[int]:
    return [len(each) if isinstance(each, list) else 0 for each in answer]


def flat(answer: Any) -> Iterator[Mapping[str, Any]]:
    for each in answer:
        yield from each if isinstance(each, list) else [each]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MASKS)
def test_answers_are_the_pipelines(
    served: dict[str, ServedModel], pipelines: dict[str, Any], name: str, way: str
) -> None:
    texts = [text.replace("{}", MASKS[name]) for text in TEXTS]
    for text, answer in zip(texts, served[name].predict(texts, **WAYS[way]), strict=True):
        expected = pipelines[name](text, **WAYS[way])
        assert_same(answer, expected)
        assert_same(served[name].predict([text], **WAYS[way])[0], expected)


def test_requests_with_parameters_of_their_own_share_a_batch(
    served: dict[str, ServedModel], pipelines: dict[str, Any]
) -> None:
    texts = [text.replace("{}", "[MASK]") for text in TEXTS[-len(WAYS) :]]
    answers = served["bert-mlm"].predict_each(texts, list(WAYS.values()))
    for text, params, answer in zip(texts, WAYS.values(), answers, strict=True):
        assert_same(answer, pipelines["bert-mlm"](text, **params))


def test_texts_get_different_answers(served: dict[str, ServedModel]) -> None:
    """Else the comparison above could not tell one text from another."""
    answers = served["bert-mlm"].predict([f"{sentence} [MASK]" for sentence in SENTENCES])
    assert len({round(answer[0]["score"], 4) for answer in answers}) == len(SENTENCES)


def test_one_mask_has_a_list_and_several_have_one_each(served: dict[str, ServedModel]) -> None:
    one, two = served["bert-mlm"].predict(["a [MASK]", "[MASK] a [MASK]"], top_k=3)
    assert [set(entry) for entry in one] == [{"score", "token", "token_str", "sequence"}] * 3
    assert [entry["score"] for entry in one] == sorted((entry["score"] for entry in one), reverse=True)
    assert [len(each) for each in two] == [3, 3]
    assert two[0][0]["sequence"].endswith("a [MASK] [SEP]"), "the other mask shows"


def test_only_the_masked_places_come_back(served: dict[str, ServedModel]) -> None:
    model = served["bert-mlm"]
    items = model.items(["a b c [MASK] x", "[MASK] a [MASK]"], [{"targets": "a"}, {}])
    rows, task = model.rows(items), FillMask()
    assert task.positions(rows).tolist() == [[4, 4], [1, 3]]
    assert set(task.collate(rows, model.kit)) == {"input_ids", "attention_mask"}


@pytest.mark.parametrize(
    ("text", "mask", "expected"),
    [
        ("a [MASK]", "<mask>", "a <mask>"),
        ("a <mask> [MASK]", "<extra>", "a <extra> <extra>"),
        ("a <mask> [MASK]", "<mask>", "a <mask> [MASK]"),
        ("a [mask]", "<mask>", "a [mask]"),
    ],
)
def test_other_spellings_count_where_the_model_s_own_is_missing(text: str, mask: str, expected: str) -> None:
    assert with_own_mask(text, mask) == expected


def test_any_model_takes_either_spelling(served: dict[str, ServedModel]) -> None:
    for model in served.values():
        first, second = model.predict(["a [MASK] day", "a <mask> day"])
        assert first == second
        assert len(first) == 5


@pytest.mark.parametrize("name", MASKS)
def test_a_text_without_a_mask(served: dict[str, ServedModel], name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        served[name].predict(["a good day"])
    assert str(caught.value) == f"the input holds no mask: write {MASKS[name]} where a word is missing"
    assert caught.value.field is None


def test_too_many_predictions(served: dict[str, ServedModel]) -> None:
    [most] = served["bert-mlm"].predict(["[MASK] " * 100])
    assert shape(most) == [5] * 100
    with pytest.raises(InvalidInput) as caught:
        served["bert-mlm"].predict(["[MASK] " * 101])
    assert str(caught.value) == (
        "the input has 101 masks and top_k is 5, which makes 505 predictions: one answer holds 500"
    )


def test_more_words_than_there_are(served: dict[str, ServedModel]) -> None:
    [answer] = served["bert-mlm"].predict(["a [MASK]"], top_k=500)
    assert len(answer) == served["bert-mlm"].kit.config["vocab_size"]
    assert sum(entry["score"] for entry in answer) == pytest.approx(1, abs=1e-5)


def test_a_target_without_a_token(served: dict[str, ServedModel]) -> None:
    with pytest.raises(InvalidInput) as caught:
        served["bert-mlm"].predict(["a [MASK]"], targets=["a", "\u200b"])
    assert str(caught.value) == "`targets[1]` holds nothing that the model's tokenizer knows"
    assert caught.value.field == "targets"


def test_too_long_names_both_numbers(served: dict[str, ServedModel]) -> None:
    with pytest.raises(InputTooLong, match="the input has 203 tokens and the model takes 128"):
        served["bert-mlm"].predict(["[MASK] " + "a " * 200])


def test_truncation_keeps_the_masks(served: dict[str, ServedModel], pipelines: dict[str, Any]) -> None:
    text = "[MASK] a [MASK] " + "a b " * 100
    [answer] = served["bert-mlm"].predict([text], truncation=True)
    assert_same(answer, pipelines["bert-mlm"](text, tokenizer_kwargs={"truncation": True}))
    with pytest.raises(InputTooLong) as caught:
        served["bert-mlm"].predict(["[MASK] " + "a " * 200 + "[MASK]"], truncation=True)
    assert str(caught.value) == (
        "the input has 204 tokens and the model takes 128: cut there, it would keep 1 of its 2 masks"
    )


def test_one_at_fault_harms_no_other(served: dict[str, ServedModel]) -> None:
    model = served["bert-mlm"]
    items = model.items(["a [MASK]", "no mask", "[MASK]"], [{}] * 3)
    good, bad, fine = model.task.expand(items, model.kit)
    assert isinstance(bad, InvalidInput)
    assert isinstance(good, list) and isinstance(fine, list)


def test_a_tokenizer_without_a_mask_is_refused() -> None:
    class Maskless:
        mask_token_id = None

    with pytest.raises(ModelCannotLoad, match="fill-mask needs a tokenizer with a mask token"):
        FillMask().check(Kit(Maskless(), 8, 8))


def test_scores_that_are_no_numbers_are_the_models_fault(served: dict[str, ServedModel]) -> None:
    model = served["bert-mlm"]
    items = model.items(["a [MASK]"], [{}])
    logits = np.asarray([[0, np.inf]], dtype=np.float32)
    with pytest.raises(ModelFault, match="not finite"):
        FillMask().join(
            Item("1", "predict", "a", FillMaskParams(), 1), model.rows(items), [{"logits": logits}], model.kit
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"top_k": 0},
        {"top_k": -1},
        {"top_k": 501},
        {"top_k": True},
        {"top_k": "5"},
        {"top_k": 1.5},
        {"top_k": float("nan")},
        {"targets": ""},
        {"targets": []},
        {"targets": ["a", " "]},
        {"targets": ["a", 5]},
        {"targets": 5},
        {"targets": {"a": 1}},
        {"targets": ["x" * 1001]},
        {"targets": ["x"] * 501},
        {"truncation": 1},
        {"tokenizer_kwargs": {}},
    ],
)
def test_params_have_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        FillMaskParams.model_validate(wrong)
    assert {error["loc"][0] for error in caught.value.errors()} == set(wrong)
