"""Text classification against transformers' own pipeline."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from serve_app.errors import InputTooLong, ModelFault
from serve_app.tasks.kit import Kit
from serve_app.tasks.text_classification import ClassificationParams, TextClassification
from serve_app.types import Item
from tests.served_model import ServedModel
from tests.tiny_models import SENTENCES

# Measured over 25 random tiny classifiers and these sentences: 0.033 at most.
BF16_TOLERANCE = 0.05


@pytest.fixture(scope="module")
def pipeline(folders: dict[str, Path]) -> Any:
    from transformers import pipeline

    return pipeline("text-classification", str(folders["bert"]), device="cpu", tokenizer=_plain(folders["bert"]))


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
