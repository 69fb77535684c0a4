"""Models that are told their languages by tokens, against plain transformers, and mixed in one batch."""

from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import InputTooLong, InvalidInput
from tests.served_model import ServedModel
from tests.tasks.encoder_decoders import Plain, in_each_company
from tests.tiny_models import SENTENCES

SEARCHES: list[dict[str, Any]] = [
    {"num_beams": 1, "max_length": 14},
    {"num_beams": 3, "max_length": 14, "early_stopping": True, "length_penalty": 2.0},
    {"num_beams": 2, "max_length": 12, "min_length": 6, "no_repeat_ngram_size": 2},
]
LANGUAGES = {
    "nllb": [("eng_Latn", "fra_Latn"), ("deu_Latn", "fra_Latn"), ("zho_Hans", "arb_Arab")],
    "mbart": [("en_XX", "de_DE"), ("fr_XX", "de_DE"), ("zh_CN", "ar_AR")],
    "m2m100": [("en", "de"), ("ja", "de"), ("zh", "ru")],
}


class Many:
    """A multilingual model, ours and plain."""

    def __init__(self, name: str, folder: Path) -> None:
        self.pairs = LANGUAGES[name]
        self.served = ServedModel(folder, "translation")
        self._plain = Plain(folder)
        self._first = "decoder_start_token_id" if name == "mbart" else "forced_bos_token_id"

    def expected(self, texts: tuple[str, ...], source: str, target: str, **settings: Any) -> list[str]:
        tokenizer = self._plain.tokenizer
        tokenizer.src_lang = source
        by_code = getattr(tokenizer, "lang_code_to_id", None)
        language = by_code[target] if by_code else tokenizer.convert_tokens_to_ids(target)
        return self._plain.write(texts, **{self._first: language}, **settings)


@pytest.fixture(scope="module", params=LANGUAGES)
def many(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Many:
    return Many(request.param, folders[request.param])


@pytest.mark.parametrize("settings", SEARCHES, ids=str)
def test_many_languages_are_transformers_own_in_a_batch_and_alone(many: Many, settings: dict[str, Any]) -> None:
    source, target = many.pairs[2]
    expected = many.expected(SENTENCES, source, target, **settings)
    assert len(set(expected)) > 3
    asked = {"src_lang": source, "tgt_lang": target, **settings}
    assert in_each_company(lambda texts: many.served.predict(texts, **asked), SENTENCES) == [expected, expected]


def test_languages_mixed_in_one_batch_do_not_leak_into_each_other(many: Many) -> None:
    before = many.served.kit.tokenizer("a good day")["input_ids"]
    texts = SENTENCES[:4] * len(many.pairs)
    pairs = [pair for pair in many.pairs for _ in range(4)]
    asked = [{"src_lang": source, "tgt_lang": target, "max_length": 12} for source, target in pairs]
    expected = [
        answer
        for source, target in many.pairs
        for answer in many.expected(SENTENCES[:4], source, target, max_length=12)
    ]
    assert many.served.predict_each(texts, asked) == expected
    assert many.served.kit.tokenizer("a good day")["input_ids"] == before
    without_source = [{"tgt_lang": many.pairs[0][1], "max_length": 12}] * 4
    assert many.served.predict_each(SENTENCES[:4], without_source) == expected[:4]


def test_the_languages_change_the_prompt_and_the_answer(many: Many) -> None:
    (first, target), (second, _), (_, other) = many.pairs
    asked = [{"src_lang": code, "tgt_lang": target} for code in (first, second)]
    rows = many.served.rows(many.served.items(["a good day"] * 2, asked))
    differing = (rows[0].arrays["input_ids"] != rows[1].arrays["input_ids"]).sum()
    assert differing == 1
    answers = [many.served.predict(SENTENCES, tgt_lang=code, max_length=12) for code in (target, other)]
    assert answers[0] != answers[1]


def test_the_language_stays_when_a_long_text_is_cut(many: Many) -> None:
    source, target = many.pairs[1]
    asked = {"src_lang": source, "tgt_lang": target}
    long = "a good day " * 40
    with pytest.raises(InputTooLong, match=r"the input has \d+ tokens and the model takes 160"):
        many.served.predict([long], **asked)
    asks: list[dict[str, Any]] = [asked, {**asked, "truncation": True}, {**asked, "truncate": 20}]
    short, cut, ended = many.served.rows(many.served.items(["a good day", long, long], asks))
    assert (cut.length, ended.length) == (160, 20)
    around = slice(-2, None) if many.pairs is LANGUAGES["mbart"] else slice(0, 1)
    special = short.arrays["input_ids"].tolist()[around]
    assert special[-1] != many.served.kit.tokenizer("a")["input_ids"][around][-1]
    assert [row.arrays["input_ids"].tolist()[around] for row in (cut, ended)] == [special, special]


@pytest.mark.parametrize("field", ["src_lang", "tgt_lang"])
def test_a_language_that_the_model_does_not_have_is_refused_with_those_it_has(many: Many, field: str) -> None:
    good = dict(zip(("src_lang", "tgt_lang"), many.pairs[0], strict=True))
    for wrong in ("tlh", "a", "the", "</s>", "🎉", "x" * 100):
        with pytest.raises(InvalidInput, match=r"the model has no such language; it (reads|writes): ") as caught:
            many.served.predict(["a good day"], **{**good, field: wrong})
        assert caught.value.field == field
        assert wrong not in caught.value.message.partition(": ")[2].split(", ")


def test_one_item_at_fault_leaves_the_others(many: Many) -> None:
    _, target = many.pairs[0]
    items = many.served.items(["a", "b", "c"], [{"tgt_lang": target}, {"tgt_lang": "tlh"}, {"tgt_lang": target}])
    kinds = [type(rows) for rows in many.served.task.expand(items, many.served.kit)]
    assert kinds == [list, InvalidInput, list]


@pytest.mark.parametrize("name", ["nllb", "m2m100"])
def test_a_target_must_be_named_where_nothing_else_says_it(name: str, folders: dict[str, Path]) -> None:
    served = ServedModel(folders[name], "translation")
    with pytest.raises(InvalidInput, match="the model writes several languages, name one: ") as caught:
        served.predict(["a good day"])
    assert caught.value.field == "tgt_lang"
    token = served.kit.tokenizer.convert_tokens_to_ids("fra_Latn") if name == "nllb" else 40
    assert len(served.predict(["a good day"], forced_bos_token_id=token, max_length=5)) == 1


def test_the_tokenizers_own_target_counts_where_the_model_has_none(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = ServedModel(folders["nllb"], "translation")
    monkeypatch.setattr(served.kit.tokenizer, "tgt_lang", "fra_Latn")
    assert served.predict(SENTENCES, max_length=9) == served.predict(SENTENCES, max_length=9, tgt_lang="fra_Latn")
    assert served.predict(SENTENCES, max_length=9) != served.predict(SENTENCES, max_length=9, tgt_lang="arb_Arab")


def test_a_long_list_of_languages_is_not_told_in_full(folders: dict[str, Path]) -> None:
    with pytest.raises(InvalidInput, match=r"ace_Arab, ace_Latn, .+ and \d+ more$") as caught:
        ServedModel(folders["nllb"], "translation").predict(["a"], tgt_lang="english")
    assert len(caught.value.message) < 400
