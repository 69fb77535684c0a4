"""Texts that are too long for a model that labels tokens: windows, the beginning, or an error with both numbers."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from serve_app.errors import InputTooLong, InvalidInput
from serve_app.tasks.base import Row
from serve_app.tasks.text.placed_rows import MOST_WINDOWS, PLACES
from serve_app.tasks.token_classification import EntityParams, TokenClassification
from serve_app.types import Item
from tests.served_model import ServedModel
from tests.tiny_models import SENTENCES

LONG = " ".join(SENTENCES * 2)


@pytest.fixture(scope="module")
def tagger(folders: Mapping[str, Path]) -> ServedModel:
    return ServedModel(folders["tagger"], "ner")


def test_too_long_names_both_numbers(tagger: ServedModel) -> None:
    with pytest.raises(InputTooLong, match="the input has 202 tokens and the model takes 128"):
        tagger.predict(["a " * 200])


def test_truncation_reads_the_beginning_and_stride_goes_first(tagger: ServedModel) -> None:
    assert tagger.predict(["a " * 200], truncation=True) == tagger.predict(["a " * 126])
    assert tagger.predict([LONG], truncation=True, stride=2) == tagger.predict([LONG], stride=2)
    assert tagger.predict(["a b"], truncation=True) == tagger.predict(["a b"])


def test_the_config_may_make_windows_smaller(folders: Mapping[str, Path], tagger: ServedModel) -> None:
    small = ServedModel(folders["tagger"], "ner", limits={"max_input_tokens": 5})
    [rows] = small.expanded(small.items(["a b c x y"], [{"stride": 1}]))
    assert [row.arrays["input_ids"].tolist()[1:-1] for row in rows] == [
        tagger.kit.tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids for text in ("a b c", "c x y")
    ]
    with pytest.raises(InvalidInput, match="the stride is 3, and must be below the 3 tokens of one window") as caught:
        small.predict(["a b"], stride=3)
    assert caught.value.field == "stride"


def test_a_stride_cannot_make_endless_work(tagger: ServedModel) -> None:
    items = tagger.items(["a " * (126 + MOST_WINDOWS - 1), "a " * (126 + MOST_WINDOWS)], [{"stride": 125}] * 2)
    [rows, error] = tagger.task.expand(items, tagger.kit)
    assert isinstance(rows, list)
    assert len(rows) == MOST_WINDOWS
    assert isinstance(error, InputTooLong)
    assert error.message == (
        "the input has 1150 tokens, which is 1025 windows with a stride of 125, and at most 1024 are read"
    )


def test_one_at_fault_harms_no_other(tagger: ServedModel) -> None:
    [good, bad] = tagger.task.expand(tagger.items(["a", "a " * 200], [{}, {}]), tagger.kit)
    assert isinstance(good, list)
    assert isinstance(bad, InputTooLong)


def test_a_text_that_the_tokenizer_drops_has_no_entities(tagger: ServedModel) -> None:
    [rows] = tagger.expanded(tagger.items(["\u200b\u200d"], [{}]))
    assert rows[0].arrays[PLACES].shape[1] == 3
    empty = Row({"input_ids": np.asarray([2, 3]), PLACES: np.zeros((0, 3), dtype=np.int64)}, 2)
    item = Item("1", "predict", "\u200b", EntityParams(), 1)
    assert TokenClassification().join(item, [empty], [{"logits": np.ones((2, 3), dtype=np.float32)}], tagger.kit) == []
