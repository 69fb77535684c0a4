"""Weights in eight bits by bitsandbytes, asked for in the config alone: near the answers in float32, on both paths."""

from pathlib import Path
from typing import Any

import pytest

from tests.served_model import ServedModel
from tests.tiny_models import SENTENCES

EIGHT_BITS = {"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}}
# Measured over these sentences and a model of random weights: 0.031 at most.
TOLERANCE = 0.06
pytestmark = pytest.mark.filterwarnings("ignore:MatMul8bitLt")


def _scores(answers: list[Any]) -> list[float]:
    return [entry["score"] for answer in answers for entry in sorted(answer, key=lambda entry: str(entry["label"]))]


def test_a_classifier(folders: dict[str, Path]) -> None:
    small = ServedModel(folders["bert"], "text-classification", hf_model_kwargs=EIGHT_BITS)
    whole = ServedModel(folders["bert"], "text-classification")
    ours, full = _scores(small.predict(SENTENCES)), _scores(whole.predict(SENTENCES))
    assert ours == pytest.approx(full, abs=TOLERANCE)
    assert ours != full


def test_a_language_model_writes_in_the_running_batch(folders: dict[str, Path]) -> None:
    small = ServedModel(folders["llama"], "text-generation", hf_model_kwargs=EIGHT_BITS)
    assert small.engine.card().batching == "continuous"
    [answer] = small.predict(["a good day"], max_new_tokens=5, return_full_text=False)
    assert answer
