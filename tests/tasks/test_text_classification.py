"""Text classification against transformers' own pipeline."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from serve_app.errors import InputTooLong, ModelCannotLoad, ModelFault
from serve_app.tasks.kit import Kit
from serve_app.tasks.text_classification import ClassificationParams, TextClassification
from serve_app.types import Item
from tests.served_model import ServedModel
from tests.tiny_models import SENTENCES

# Measured over 25 random tiny classifiers and these sentences: 0.033 at most.
BF16_TOLERANCE = 0.05
PAIRS = [
    {"text": first, "text_pair": second}
    for first, second in zip(SENTENCES, (SENTENCES[3], *reversed(SENTENCES[1:])), strict=True)
]


@pytest.fixture(scope="module")
def pipeline(folders: dict[str, Path]) -> Any:
    return _pipeline(folders["bert"])


@pytest.fixture(scope="module")
def judge(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["pair-classifier"], "text-classification")


def _pipeline(folder: Path) -> Any:
    from transformers import pipeline

    return pipeline("text-classification", str(folder), device="cpu", tokenizer=_plain(folder))


def _plain(folder: Path) -> Any:
    """The tokenizer without the cutting that its file asks for, as a pipeline call would have it."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    return tokenizer


def _scores(labels: Any) -> dict[str, float]:
    return {entry["label"]: entry["score"] for entry in labels}


@pytest.mark.parametrize("function", [None, "softmax", "sigmoid", "none"])
def test_scores_are_the_pipelines(classifier: ServedModel, pipeline: Any, function: str | None) -> None:
    answers = classifier.predict(SENTENCES, function_to_apply=function)
    for sentence, answer in zip(SENTENCES, answers, strict=True):
        more = {} if function is None else {"function_to_apply": function}
        expected = pipeline(sentence, top_k=None, **more)
        assert [entry["label"] for entry in answer] == [entry["label"] for entry in expected]
        assert _scores(answer) == pytest.approx(_scores(expected), abs=1e-4)


@pytest.mark.parametrize("function", [None, "sigmoid"])
def test_pairs_are_judged_as_the_pipeline_does(
    folders: dict[str, Path], judge: ServedModel, function: str | None
) -> None:
    mixed = [*PAIRS, *SENTENCES]
    more = {} if function is None else {"function_to_apply": function}
    theirs = _pipeline(folders["pair-classifier"])
    for given, answer in zip(mixed, judge.predict(mixed, **more), strict=True):
        expected = theirs(given, top_k=None, **more)
        assert [entry["label"] for entry in answer] == [entry["label"] for entry in expected]
        assert _scores(answer) == pytest.approx(_scores(expected), abs=1e-4)
        assert _scores(judge.predict([given], **more)[0]) == pytest.approx(_scores(answer), abs=1e-4)


def test_the_order_of_a_pair_and_its_types_matter(judge: ServedModel) -> None:
    """Else the comparison above could not tell one text from the other."""
    (there, back) = judge.predict([{"text": "no", "text_pair": "a day"}, {"text": "a day", "text_pair": "no"}])
    assert abs(_scores(there)["same"] - _scores(back)["same"]) > 0.01
    assert judge.kit.token_types


@pytest.mark.parametrize(
    ("model", "config"),
    [
        ("bert", {"problem_type": "regression"}),
        ("bert", {"problem_type": "multi_label_classification"}),
        ("bert", {"problem_type": "single_label_classification"}),
        ("cross-encoder", {}),
        ("cross-encoder", {"problem_type": "regression", "id2label": {"0": "stars"}, "label2id": {"stars": 0}}),
        ("cross-encoder", {"problem_type": "multi_label_classification"}),
    ],
    ids=str,
)
def test_every_kind_of_model_scores_as_in_the_pipeline(
    tmp_path: Path, folders: dict[str, Path], model: str, config: Mapping[str, Any]
) -> None:
    folder = _changed(tmp_path, folders[model], config)
    served, theirs = ServedModel(folder, "text-classification"), _pipeline(folder)
    for sentence, answer in zip(SENTENCES, served.predict(SENTENCES), strict=True):
        expected = theirs(sentence, top_k=None)
        assert [entry["label"] for entry in answer] == [entry["label"] for entry in expected]
        assert _scores(answer) == pytest.approx(_scores(expected), abs=1e-4)


def _changed(tmp_path: Path, folder: Path, config: Mapping[str, Any]) -> Path:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **config}))
    return tmp_path


def test_a_model_that_reads_the_last_place_is_refused(tmp_path: Path, folders: dict[str, Path]) -> None:
    folder = _changed(tmp_path, folders["bert"], {"summary_type": "last"})
    with pytest.raises(ModelCannotLoad, match="text-classification does not work with bert, whose answers would"):
        ServedModel(folder, "text-classification")


def test_sentences_get_different_scores(classifier: ServedModel) -> None:
    """Else the comparison above could not tell one sentence from another."""
    best = [answer[0]["score"] for answer in classifier.predict(SENTENCES)]
    assert len({round(score, 3) for score in best}) == len(SENTENCES)


def test_alone_and_in_a_batch_are_the_same(classifier: ServedModel) -> None:
    together = classifier.predict(SENTENCES)
    for sentence, answer in zip(SENTENCES, together, strict=True):
        assert _scores(classifier.predict([sentence])[0]) == pytest.approx(_scores(answer), abs=1e-4)


def test_bf16_stays_within_its_tolerance(folders: dict[str, Path], classifier: ServedModel) -> None:
    rough = ServedModel(folders["bert"], "text-classification", hf_model_kwargs={"dtype": "bfloat16"})
    assert rough.engine.card().dtype == "bfloat16"
    pairs = list(zip(classifier.predict(SENTENCES), rough.predict(SENTENCES), strict=True))
    differences = [abs(_scores(a)[label] - _scores(b)[label]) for a, b in pairs for label in _scores(a)]
    assert 0 < max(differences) < BF16_TOLERANCE


def test_top_k_keeps_the_best(classifier: ServedModel) -> None:
    (every,) = classifier.predict(["a good day"])
    (two,) = classifier.predict(["a good day"], top_k=2)
    assert len(every) == 3
    assert every[0]["score"] > every[1]["score"] > every[2]["score"]
    assert sum(entry["score"] for entry in every) == pytest.approx(1, abs=1e-5)
    assert two == every[:2]
    assert classifier.predict(["a good day"], top_k=50) == [every]


def test_too_long_names_both_numbers(classifier: ServedModel) -> None:
    with pytest.raises(InputTooLong, match="the input has 202 tokens and the model takes 128"):
        classifier.predict(["a " * 200])


def test_truncation_cuts_and_keeps_the_special_tokens(classifier: ServedModel) -> None:
    items = classifier.items(["a " * 200], [{"truncation": True}])
    (row,) = classifier.rows(items)
    ids = row.arrays["input_ids"].tolist()
    assert (len(ids), ids[0], ids[-1]) == (128, 2, 3)
    assert classifier.predict(["a " * 200], truncation=True) == classifier.predict(["a " * 126])


@pytest.mark.parametrize(("first", "second"), [(200, 10), (10, 200), (90, 80), (200, 200), (63, 64), (62, 63)])
def test_truncation_cuts_the_longer_text_as_transformers_does(
    folders: dict[str, Path], judge: ServedModel, first: int, second: int
) -> None:
    pair = {"text": "a " * first + "b", "text_pair": "c " * second + "x"}
    ids = _plain(folders["pair-classifier"])(**pair, truncation=True, max_length=128)
    [row] = judge.rows(judge.items([pair], [{"truncation": True}]))
    assert row.length == min(128, first + second + 5)
    assert row.arrays["input_ids"].tolist() == ids["input_ids"]
    assert row.arrays["token_type_ids"].tolist() == ids["token_type_ids"]


def test_a_pair_that_is_too_long_is_counted_with_both(judge: ServedModel) -> None:
    with pytest.raises(InputTooLong, match="the input has 203 tokens and the model takes 128"):
        judge.predict([{"text": "a " * 100, "text_pair": "a " * 100}])


def test_the_config_may_lower_the_limit(folders: dict[str, Path]) -> None:
    small = ServedModel(folders["bert"], "sentiment-analysis", limits={"max_input_tokens": 5})
    assert len(small.predict(["a b c"])[0]) == 3
    with pytest.raises(InputTooLong, match="the input has 6 tokens and the model takes 5"):
        small.predict(["a b c x"])


@pytest.mark.parametrize(
    ("config", "logits", "expected"),
    [
        ({"problem_type": "regression"}, [2.5], [2.5]),
        ({"problem_type": "multi_label_classification"}, [0.0, 0.0], [0.5, 0.5]),
        ({"problem_type": "single_label_classification"}, [0.0, 0.0], [0.5, 0.5]),
        ({}, [0.0], [0.5]),
        ({}, [1.0, 1.0, 1.0, 1.0], [0.25] * 4),
        ({"problem_type": "multi_label_classification"}, [100.0, -100.0], [1.0, 0.0]),
    ],
)
def test_the_model_says_what_makes_scores(config: dict[str, Any], logits: list[float], expected: list[float]) -> None:
    answer = _join(config, logits)
    assert [entry["score"] for entry in answer] == pytest.approx(expected, abs=1e-6)
    assert [entry["label"] for entry in answer] == [f"LABEL_{index}" for index in range(len(logits))]


def test_scores_that_are_no_numbers_are_the_models_fault() -> None:
    with pytest.raises(ModelFault, match="not finite"):
        _join({}, [float("nan"), 1.0])


def _join(config: dict[str, Any], logits: list[float]) -> Any:
    item = Item("1", "predict", "a", ClassificationParams(), 1)
    out = {"logits": np.asarray(logits, dtype=np.float32)}
    return TextClassification().join(item, [], [out], Kit(None, 8, 8, config=config))


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"text": "a"}, ("text_pair",)),
        ({"text_pair": "a"}, ("text",)),
        ({"text": "a", "text_pair": ""}, ("text_pair",)),
        ({"text": 5, "text_pair": "a"}, ("text",)),
        ({"text": "a", "text_pair": ["a"]}, ("text_pair",)),
        ({"text": "a", "text_pair": "a", "third": "a"}, ("third",)),
        ("", ()),
        (5, ()),
        (["a", "b"], ()),
    ],
)
def test_what_is_no_input_is_told_with_its_place(given: Any, where: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(TextClassification.Input).validate_python(given)
    assert [error["loc"] for error in caught.value.errors()] == [where]


@pytest.mark.parametrize(
    "params",
    [
        {"top_k": 0},
        {"top_k": -1},
        {"top_k": True},
        {"top_k": "2"},
        {"top_k": 2**31},
        {"top_k": 1.5},
        {"function_to_apply": "tanh"},
        {"truncation": 1},
        {"truncation": "longest_first"},
    ],
)
def test_params_have_bounds(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ClassificationParams.model_validate(params)
