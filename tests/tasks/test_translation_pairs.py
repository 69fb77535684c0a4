"""Models that are told their languages by what stands before the text, or that have nothing to be told."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import InvalidInput
from tests.served_model import ServedModel
from tests.tasks.encoder_decoders import Plain, in_each_company
from tests.tiny_models import SENTENCES


@pytest.fixture(scope="module")
def t5(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["t5-tasks"], "translation")


# Its tokenizer recommends a package that only changes quotation marks.
@pytest.mark.filterwarnings("ignore:Recommended")
def test_marian_is_told_by_a_word_before_the_text(folders: dict[str, Path]) -> None:
    served, plain = ServedModel(folders["marian"], "translation"), Plain(folders["marian"])
    expected = [plain.write([f">>{code}<< {text}" for text in SENTENCES]) for code in ("fra", "spa")]
    assert expected[0] != expected[1]
    for code, answers in zip(("fra", "spa"), expected, strict=True):
        predict = partial(served.predict, src_lang="eng", tgt_lang=code)
        assert in_each_company(predict, SENTENCES) == [answers] * 2
    assert served.predict([f">>spa<< {text}" for text in SENTENCES]) == expected[1]
    with_prefix = plain.write([f">>spa<< a {text}" for text in SENTENCES])
    assert served.predict(SENTENCES, tgt_lang="spa", prefix="a ") == with_prefix
    for wrong in ({"tgt_lang": "deu"}, {"src_lang": "fra"}):
        with pytest.raises(InvalidInput, match=r"it writes: fra, spa|it reads: eng") as caught:
            served.predict(["a"], **wrong)
        assert caught.value.field == next(iter(wrong))


GERMAN = {"num_beams": 2, "early_stopping": True, "max_length": 12}


@pytest.mark.parametrize(
    ("asked", "prefix", "settings"),
    [
        ({"tgt_lang": "de"}, "to german: ", GERMAN),
        ({"src_lang": "en", "tgt_lang": "fr"}, "to french: ", {"max_length": 16}),
        ({"tgt_lang": "fr", "num_beams": 3, "max_new_tokens": 9}, "to french: ", {"num_beams": 3, "max_length": 10}),
        ({"tgt_lang": "de", "prefix": "day "}, "day ", GERMAN),
        ({"prefix": "to the "}, "to the ", {"max_length": 41}),
    ],
    ids=str,
)
def test_pairs_of_the_config_bring_their_prefix_and_settings(
    t5: ServedModel, folders: dict[str, Path], asked: dict[str, Any], prefix: str, settings: dict[str, Any]
) -> None:
    expected = Plain(folders["t5-tasks"]).write([prefix + text for text in SENTENCES], **settings)
    assert len(set(expected)) > 4
    assert in_each_company(lambda texts: t5.predict(texts, **asked), SENTENCES) == [expected, expected]


def test_a_text_that_begins_with_a_pairs_prefix_names_it(t5: ServedModel) -> None:
    [expected] = t5.predict(["a good day"], tgt_lang="de")
    texts = ["to german: a good day", "a good day", "to german: a good day"]
    assert t5.predict_each(texts, [{}, {"tgt_lang": "de"}, {"src_lang": "en"}]) == [expected] * 3


@pytest.mark.parametrize(
    ("asked", "words", "field"),
    [
        ({}, "name a pair of languages that the model translates: en to de, en to fr", "tgt_lang"),
        ({"src_lang": "en"}, "name a pair of languages that the model translates: en to de, en to fr", "tgt_lang"),
        ({"tgt_lang": "ro"}, "the model has no such language; it writes: de, fr", "tgt_lang"),
        ({"src_lang": "de", "tgt_lang": "fr"}, "the model has no such language; it reads: en", "src_lang"),
    ],
    ids=str,
)
def test_a_pair_must_be_one_of_the_models(t5: ServedModel, asked: dict[str, Any], words: str, field: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{words}$") as caught:
        t5.predict(["a good day"], **asked)
    assert caught.value.field == field


def test_a_model_that_names_no_languages_takes_none(folders: dict[str, Path]) -> None:
    bart = ServedModel(folders["bart"], "translation")
    assert bart.predict(SENTENCES[:2]) == Plain(folders["bart"]).write(SENTENCES[:2], num_beams=3, max_length=20)
    with pytest.raises(InvalidInput, match="the model knows no languages by name: leave it out") as caught:
        bart.predict(["a"], tgt_lang="de")
    assert caught.value.field == "tgt_lang"


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ({"src_lang": "en", "tgt_lang": "de"}, {"src_lang": "fr", "tgt_lang": "de", "prefix": "x"}, True),
        ({"tgt_lang": "de"}, {"tgt_lang": "fr"}, False),
        ({"max_length": 5, "truncation": True}, {"generate_parameters": {"max_length": 9}}, True),
        ({}, {"generate_parameters": {"num_beams": 4}}, False),
        ({"num_beams": 4}, {"generate_parameters": {"num_beams": 4}}, True),
        ({}, {"length_penalty": 2.0}, False),
    ],
    ids=str,
)
def test_what_may_share_a_batch(t5: ServedModel, left: dict[str, Any], right: dict[str, Any], same: bool) -> None:
    keys = [t5.task.key(t5.task.Params.model_validate(params)) for params in (left, right)]
    assert (keys[0] == keys[1]) is same
