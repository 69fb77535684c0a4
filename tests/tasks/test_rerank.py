"""Rerank against sentence-transformers' cross-encoder, and against the model run directly."""

import json
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from serve_app.errors import InputTooLong, InvalidInput, ModelCannotLoad, ModelFault
from serve_app.tasks.kit import Kit
from serve_app.tasks.rerank import Rerank, RerankParams
from serve_app.types import Item
from tests.served_model import ServedModel
from tests.tiny_models import SENTENCES

ALL = {"query": "what a good day 🎉", "texts": [*SENTENCES]}
MANY = [ALL, *({"query": sentence, "texts": ["a good day", "no 今天 👩‍👩‍👧", "cafe\u0301"]} for sentence in SENTENCES)]
IDENTITY = "torch.nn.modules.linear.Identity"


@pytest.fixture(scope="module")
def folder(folders: dict[str, Path]) -> Path:
    return folders["cross-encoder"]


@pytest.fixture(scope="module")
def served(folder: Path) -> ServedModel:
    return ServedModel(folder, "rerank")


def _with_config(tmp_path: Path, folder: Path, fields: Mapping[str, Any]) -> Path:
    """The same model with something more in its config.json."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))
    return tmp_path


def _as_cross_encoder(tmp_path: Path, folder: Path, **fields: Any) -> Path:
    """The same model as sentence-transformers saves it."""
    from sentence_transformers import CrossEncoder

    CrossEncoder(str(folder), device="cpu", **fields).save_pretrained(str(tmp_path), create_model_card=False)
    return tmp_path


def _direct(folder: Path, given: Mapping[str, Any]) -> list[float]:
    """The logit of each pair, one at a time."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        pairs = [tokenizer(given["query"], text, return_tensors="pt") for text in given["texts"]]
        return [float(network(**pair).logits[0, 0]) for pair in pairs]


def _by_place(answer: list[Any]) -> list[float]:
    return [each["score"] for each in sorted(answer, key=lambda each: each["index"])]


def test_raw_scores_are_the_models(folder: Path, served: ServedModel) -> None:
    together = served.predict(MANY, raw_scores=True)
    for given, answer in zip(MANY, together, strict=True):
        assert _by_place(answer) == pytest.approx(_direct(folder, given), abs=1e-4)
        assert _by_place(served.predict([given], raw_scores=True)[0]) == pytest.approx(_by_place(answer), abs=1e-4)


def test_which_text_is_which_matters(served: ServedModel) -> None:
    """Else the comparison above could not tell the token types, or one text from another."""
    [answer] = served.predict([ALL], raw_scores=True)
    assert len({round(each["score"], 3) for each in answer}) == len(SENTENCES)
    [there], [back] = (served.predict([{"query": a, "texts": [b]}]) for a, b in (("no", "a day"), ("a day", "no")))
    assert abs(there[0]["score"] - back[0]["score"]) > 0.01
    assert served.kit.token_types


KEPT: dict[str, Callable[[Path, Path], Path]] = {
    "nowhere": lambda _, folder: folder,
    "beside": lambda path, folder: _as_cross_encoder(path, folder, activation_fn=torch.nn.Identity()),
    "in the config": partial(_with_config, fields={"sentence_transformers": {"activation_fn": IDENTITY}}),
    "in an older config": partial(_with_config, fields={"sbert_ce_default_activation_function": IDENTITY}),
}


@pytest.mark.parametrize("where", KEPT)
def test_the_order_and_the_scores_are_the_cross_encoders(tmp_path: Path, folder: Path, where: str) -> None:
    """Over the years sentence-transformers has kept in different places how a model makes its scores."""
    from sentence_transformers import CrossEncoder

    model = KEPT[where](tmp_path, folder)
    ranked = CrossEncoder(str(model), device="cpu").rank(ALL["query"], ALL["texts"], return_documents=True)
    [answer] = ServedModel(model, "text-ranking").predict([ALL], return_text=True)
    assert [each["index"] for each in answer] == [each["corpus_id"] for each in ranked]
    assert [each["text"] for each in answer] == [each["text"] for each in ranked]
    assert [each["score"] for each in answer] == pytest.approx([each["score"] for each in ranked], abs=1e-4)
    assert (min(each["score"] for each in answer) < 0) is (where != "nowhere")


def test_a_score_from_0_to_1_can_be_had_of_every_model(tmp_path: Path, folder: Path, served: ServedModel) -> None:
    told = {"sentence_transformers": {"activation_fn": IDENTITY}}
    raw = ServedModel(_with_config(tmp_path, folder, told), "rerank")
    assert raw.predict([ALL], raw_scores=False) == served.predict([ALL])
    [logits], [shares] = raw.predict([ALL]), served.predict([ALL])
    assert _by_place(shares) == pytest.approx([1 / (1 + np.exp(-logit)) for logit in _by_place(logits)], abs=1e-6)


def test_top_n_keeps_the_best(served: ServedModel) -> None:
    [every], [two] = served.predict([ALL]), served.predict([ALL], top_n=2)
    assert [each["score"] for each in every] == sorted((each["score"] for each in every), reverse=True)
    assert sorted(each["index"] for each in every) == list(range(len(SENTENCES)))
    assert two == every[:2]
    assert served.predict([ALL], top_n=50) == [every]


def test_equal_texts_stay_in_the_callers_order(served: ServedModel) -> None:
    [answer] = served.predict([{"query": "no", "texts": ["a day"] * 4}])
    assert [each["index"] for each in answer] == [0, 1, 2, 3]


@pytest.mark.parametrize("word", ["return_text", "return_documents"])
def test_texts_come_back_when_asked_for(served: ServedModel, word: str) -> None:
    given = {"query": "no", "documents": ["a day", "今天 👩‍👩‍👧"]}
    [answer] = served.predict([given], **{word: True})
    assert {each["index"]: each["text"] for each in answer} == {0: "a day", 1: "今天 👩‍👩‍👧"}
    assert all(each.keys() == {"index", "score"} for each in served.predict([given], **{word: False})[0])


def test_documents_are_texts(served: ServedModel) -> None:
    given = {"query": "no", "texts": ["a day", "good"]}
    assert served.predict([{"query": "no", "documents": given["texts"]}]) == served.predict([given])


@pytest.mark.parametrize("word", ["texts", "documents"])
def test_too_long_names_the_text_and_both_numbers(served: ServedModel, word: str) -> None:
    with pytest.raises(InputTooLong, match="with the query the text has 204 tokens and the model takes 128") as caught:
        served.predict([{"query": "no", word: ["a", "a " * 199, "b"]}])
    assert caught.value.field == f"{word}[1]"


@pytest.mark.parametrize("params", [{}, {"truncation": True}])
def test_a_query_without_room_for_a_text_is_refused(served: ServedModel, params: dict[str, Any]) -> None:
    with pytest.raises(InputTooLong, match="the query has 128 tokens and the model takes 128: no room") as caught:
        served.predict([{"query": "a " * 125, "texts": ["b"]}], **params)
    assert caught.value.field == "query"
    assert len(served.predict([{"query": "a " * 124, "texts": ["b"]}])[0]) == 1


def test_cutting_takes_from_the_text_alone(served: ServedModel) -> None:
    given = {"query": "what a day", "texts": ["b", "a " * 100 + "b " * 100]}
    [query] = served.expanded(served.items([{"query": "what a day", "texts": ["b"]}], [{}]))
    room = 128 - (query[0].length - 1)
    for side, kept in (
        ("right", "a " * 100 + "b " * (room - 100)),
        ("left", "a " * (room - 100) + "b " * 100),
    ):
        [short, cut] = served.expanded(served.items([given], [{"truncation": True, "truncation_direction": side}]))[0]
        [_, expected] = served.expanded(served.items([{**given, "texts": ["b", kept]}], [{}]))[0]
        assert (cut.length, short.length) == (128, query[0].length)
        np.testing.assert_array_equal(cut.arrays["input_ids"], expected.arrays["input_ids"])
        np.testing.assert_array_equal(cut.arrays["token_type_ids"], expected.arrays["token_type_ids"])
    assert served.predict([given], truncation=True) == served.predict(
        [given], truncation=True, truncation_direction="right"
    )


def test_every_text_can_be_cut_to_so_many_tokens(served: ServedModel) -> None:
    given = {"query": "what a day", "texts": ["b", "a " * 3 + "b " * 200]}
    for side, kept in (("right", "a a a b"), ("left", "b b b b")):
        asked = {"max_tokens_per_text": 4, "truncation_direction": side}
        [rows] = served.expanded(served.items([given], [asked]))
        [expected] = served.expanded(served.items([{**given, "texts": ["b", kept]}], [{}]))
        for row, other in zip(rows, expected, strict=True):
            np.testing.assert_array_equal(row.arrays["input_ids"], other.arrays["input_ids"])
    with pytest.raises(InputTooLong, match="the model takes 128") as caught:
        served.predict([given], max_tokens_per_text=150)
    assert caught.value.field == "texts[1]"
    assert served.predict([given], max_tokens_per_text=150, truncation=True)


def test_one_item_at_fault_harms_no_other(served: ServedModel) -> None:
    long = {"query": "a " * 200, "texts": ["b"]}
    good, bad, other = served.task.expand(served.items([ALL, long, ALL], [{}] * 3), served.kit)
    assert isinstance(bad, InputTooLong)
    assert isinstance(good, list) and isinstance(other, list)
    assert [row.length for row in good] == [row.length for row in other]


def test_a_prompt_stands_before_the_query(tmp_path: Path, folder: Path, served: ServedModel) -> None:
    from sentence_transformers import CrossEncoder

    model = _as_cross_encoder(tmp_path, folder, prompts={"ask": "a good "})
    given = {"query": "day", "texts": [*SENTENCES]}
    [answer] = ServedModel(model, "rerank").predict([given], prompt_name="ask")
    assert [answer] == served.predict([{**given, "query": "a good day"}])
    theirs = CrossEncoder(str(model), device="cpu").rank("day", [*SENTENCES], prompt_name="ask")
    assert [each["score"] for each in answer] == pytest.approx([each["score"] for each in theirs], abs=1e-4)
    with pytest.raises(InvalidInput, match="no such prompt; it has: none") as caught:
        served.predict([ALL], prompt_name="ask")
    assert caught.value.field == "prompt_name"


def test_models_without_one_score_are_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(ModelCannotLoad, match="with one score for each pair, and this model has 3 labels"):
        ServedModel(folders["bert"], "rerank")


def test_scores_made_in_another_way_are_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ModelCannotLoad, match="makes its scores by Tanh, which is not supported: Sigmoid and Identity"):
        ServedModel(_as_cross_encoder(tmp_path, folder, activation_fn=torch.nn.Tanh()), "rerank")


def test_high_scores_keep_their_order() -> None:
    item = Item("1", "predict", {"query": "a", "texts": ["b", "c", "d"]}, RerankParams(), 1)
    outs = [{"logits": np.asarray([logit], dtype=np.float32)} for logit in (40.0, 60.0, 50.0)]
    answer = Rerank().join(item, [], outs, Kit(None, 8, 8))
    assert answer == [{"index": index, "score": 1.0} for index in (1, 2, 0)]


def test_scores_that_are_no_numbers_are_the_models_fault() -> None:
    item = Item("1", "predict", {"query": "a", "texts": ["b"]}, RerankParams(), 1)
    with pytest.raises(ModelFault, match="not finite"):
        Rerank().join(item, [], [{"logits": np.asarray([np.nan], dtype=np.float32)}], Kit(None, 8, 8))


def test_the_demo_model_puts_the_answer_first() -> None:
    from serve_app import demo

    served = ServedModel(demo.build("bert-rerank"), "rerank")
    given, _ = served.task.example()
    [[best, *others]] = served.predict([given], return_text=True)
    assert best["text"] == "To fix a bicycle, make a plan." and best["score"] > 0.5
    assert all(other["score"] < 0.5 for other in others)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"query": "a"}, ("texts",)),
        ({"texts": ["a"]}, ("query",)),
        ({"documents": ["a"]}, ("query",)),
        ({"query": "a", "texts": ["a"], "documents": ["a"]}, ("texts",)),
        ({"query": "a", "texts": []}, ("texts",)),
        ({"query": "a", "documents": []}, ("documents",)),
        ({"query": "a", "documents": "a"}, ("documents",)),
        ({"query": "a", "texts": ["a", ""]}, ("texts", 1)),
        ({"query": "a", "documents": ["a", "b", None]}, ("documents", 2)),
        ({"query": "a", "texts": ["a"] * 1001}, ("texts",)),
        ({"query": "", "texts": ["a"]}, ("query",)),
        ({"query": "a", "texts": ["a"], "top_n": 1}, ("top_n",)),
        ("a", ()),
        (["a"], ()),
        (None, ()),
    ],
)
def test_what_is_no_input_is_told_with_its_place(given: Any, where: tuple[str | int, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Rerank.Input).validate_python(given)
    assert [error["loc"] for error in caught.value.errors()] == [where]


@pytest.mark.parametrize(
    "params",
    [
        {"top_n": 0},
        {"top_n": True},
        {"top_n": 2**31},
        {"top_n": 1.0},
        {"return_text": 1},
        {"return_documents": "yes"},
        {"raw_scores": 0},
        {"truncation": "longest_first"},
        {"truncation_direction": "up"},
        {"max_tokens_per_text": 0},
        {"max_tokens_per_text": 1_000_001},
        {"prompt_name": 5},
        {"top_k": 3},
    ],
)
def test_params_have_bounds(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RerankParams.model_validate(params)
