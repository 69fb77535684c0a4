"""Token classification against transformers' own pipeline."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from serve_app.errors import ModelCannotLoad, ModelFault
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.entities import Entity, settled
from serve_app.tasks.token_classification import EntityParams, TokenClassification
from tests.served_model import ServedModel
from tests.tiny_models import SENTENCES

TEXTS = (*SENTENCES, "cab. by-abc (good), Привет a  good\tday! 今x天 \u200bno [SEP] yes")
LONG = " ".join(TEXTS * 2)
STRATEGIES = ("none", "simple", "first", "average", "max")
MODELS = ("tagger", "byte_tagger", "metaspace_tagger")

Answer = list[dict[str, Any]]


class Both:
    """A model served here and in the pipeline."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForTokenClassification

        self.ours = ServedModel(folder, "token-classification")
        self._folder = folder
        self._network = AutoModelForTokenClassification.from_pretrained(folder)

    def theirs(self, texts: Sequence[str], **settings: Any) -> list[Answer]:
        """A pipeline of its own each time: its tokenizer remembers how the last call had long texts cut."""
        from transformers import AutoTokenizer, pipeline

        tokenizer = AutoTokenizer.from_pretrained(self._folder)
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.backend_tokenizer.no_padding()
        made = pipeline("token-classification", self._network, tokenizer=tokenizer, device="cpu")
        if self._folder.name == "byte_tagger":
            made.preprocess = _with_right_places(made.preprocess)
        return [made(text, **settings) for text in texts]


def _with_right_places(preprocess: Any) -> Any:
    """Of byte-level tokens, the library leaves a space in the first of every window but the first."""

    def corrected(text: str, **settings: Any) -> Iterator[dict[str, Any]]:
        for chunk in preprocess(text, **settings):
            place = chunk["offset_mapping"][0][1]
            if text[place[0]] == " ":
                place[0] += 1
                place[1] = max(place)
            yield chunk

    return corrected


@pytest.fixture(scope="module", params=MODELS)
def both(request: pytest.FixtureRequest, folders: Mapping[str, Path]) -> Both:
    return Both(folders[request.param])


@pytest.fixture(scope="module")
def tagger(folders: Mapping[str, Path]) -> ServedModel:
    return ServedModel(folders["tagger"], "ner")


def same(ours: Answer, theirs: Answer) -> bool:
    """Equal keys in equal order, and equal values but for the last digits of scores."""
    scores = np.asarray([[entity["score"] for entity in answer] for answer in (ours, theirs)])
    assert np.abs(scores[0] - scores[1]).max(initial=0) < 1e-4
    return [_without_score(entity) for entity in ours] == [_without_score(entity) for entity in theirs]


def _without_score(entity: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value if name != "score" else None) for name, value in entity.items()]


@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words:UserWarning")
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_entities_are_the_pipelines_alone_and_in_a_batch(both: Both, strategy: str) -> None:
    expected = both.theirs(TEXTS, aggregation_strategy=strategy)
    together = both.ours.predict(TEXTS, aggregation_strategy=strategy)
    assert sum(map(len, expected)) > 10, "with fewer there is nothing to compare"
    for text, answer, theirs in zip(TEXTS, together, expected, strict=True):
        assert same(answer, theirs)
        assert same(both.ours.predict([text], aggregation_strategy=strategy)[0], theirs)


@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words:UserWarning")
@pytest.mark.parametrize("stride", [0, 3, 20])
@pytest.mark.parametrize("strategy", STRATEGIES[1:])
def test_windows_are_the_pipelines(both: Both, strategy: str, stride: int) -> None:
    settings = {"aggregation_strategy": strategy, "stride": stride, "ignore_labels": ["ODD"]}
    [expected, short] = both.theirs([LONG, "a good day"], **settings)
    [answer, alone] = both.ours.predict([LONG, "a good day"], **settings)
    assert len(both.ours.expanded(both.ours.items([LONG], [settings]))[0]) >= 3
    assert expected[-1]["end"] > len(LONG) - 60
    assert same(answer, expected)
    assert same(alone, short)


def test_other_labels_may_be_left_out(both: Both) -> None:
    for labels in ([], ["ODD"], ["O", "PER", "LOC"]):
        [expected] = both.theirs(["a good day abc"], aggregation_strategy="simple", ignore_labels=labels)
        assert same(both.ours.predict(["a good day abc"], ignore_labels=labels)[0], expected)
    [every] = both.ours.predict([TEXTS[1]], aggregation_strategy="none", ignore_labels=[])
    left_out = every[0]["entity"]
    assert both.ours.predict([TEXTS[1]], aggregation_strategy="none", ignore_labels=[left_out]) == [
        [token for token in every if token["entity"] != left_out]
    ]


def test_simple_is_the_default(tagger: ServedModel) -> None:
    [answer] = tagger.predict([TEXTS[1]])
    assert [answer] == tagger.predict([TEXTS[1]], aggregation_strategy="simple", ignore_labels=["O"])
    assert list(answer[0]) == ["entity_group", "score", "word", "start", "end"]
    assert [type(value) for value in answer[0].values()] == [str, float, str, int, int]


@pytest.mark.parametrize("model", MODELS)
def test_places_are_characters_of_the_text(folders: Mapping[str, Path], model: str) -> None:
    served = ServedModel(folders[model], "ner")
    texts = ["天气好 day", "يوم جميل", "yes 👩‍👩‍👧 x"]
    for text, answer in zip(texts, served.predict(texts, aggregation_strategy="none", ignore_labels=[]), strict=True):
        spelled = {text[token["start"] : token["end"]].strip() for token in answer}
        assert set("".join(text.split())) <= set("".join(spelled))
        for token in answer:
            letters = token["word"].removeprefix("##").strip("▁Ġ")
            if letters in text:
                assert letters in text[token["start"] : token["end"]]
    [answer] = served.predict(["天 day, a"], aggregation_strategy="none", ignore_labels=[])
    ends = [(token["start"], token["end"]) for token in answer if token["start"] < token["end"]]
    assert {end for _, end in ends} >= {1, 5, 6, 8}


def test_windows_do_not_shift_places(folders: Mapping[str, Path]) -> None:
    served = ServedModel(folders["byte_tagger"], "ner")
    text = "sun day " * 40
    [answer] = served.predict([text], stride=5, ignore_labels=[])
    assert {entity["start"] % 8 for entity in answer if entity["word"].strip().startswith("s")} <= {0, 2}
    assert all(not text[entity["start"]].isspace() for entity in answer if entity["start"] < entity["end"])


def test_different_settings_share_a_batch(tagger: ServedModel) -> None:
    params: list[dict[str, Any]] = [{"aggregation_strategy": strategy} for strategy in STRATEGIES]
    params += [{"stride": 4}, {"truncation": True}]
    texts = [TEXTS[1]] * len(STRATEGIES) + [LONG, LONG]
    assert {tagger.task.key(item.params) for item in tagger.items(texts, params)} == {None}
    for text, given, answer in zip(texts, params, tagger.predict_each(texts, params), strict=True):
        assert same(answer, tagger.predict([text], **given)[0])


def test_scores_that_are_no_numbers_are_the_models_fault(tagger: ServedModel) -> None:
    items = tagger.items(["a b"], [{}])
    rows = tagger.rows(items)
    outs = [{"logits": np.full((4, 6), np.nan, dtype=np.float32)}]
    with pytest.raises(ModelFault, match="not finite"):
        tagger.task.join(items[0], rows, outs, tagger.kit)  # type: ignore[attr-defined]


def test_a_tokenizer_without_places_is_refused() -> None:
    with pytest.raises(ModelCannotLoad, match="token-classification needs a fast tokenizer"):
        TokenClassification().check(Kit(object(), 8, 8))


def test_of_overlapping_entities_the_longest_and_then_the_likeliest_stays() -> None:
    def entity(start: int, end: int, score: float) -> Entity:
        return Entity("X", score, "", start, end, 0)

    first, longer, likelier, apart = entity(0, 3, 0.9), entity(2, 6, 0.1), entity(3, 7, 0.2), entity(7, 8, 0.5)
    assert settled([apart, likelier, first, longer]) == [likelier, apart]
    assert settled([entity(4, 4, 0.5), apart]) == [entity(4, 4, 0.5), apart]
    assert settled([]) == []


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ({"aggregation_strategy": "mean"}, "aggregation_strategy"),
        ({"aggregation_strategy": 1}, "aggregation_strategy"),
        ({"ignore_labels": "O"}, "ignore_labels"),
        ({"ignore_labels": [1]}, "ignore_labels"),
        ({"ignore_labels": ["x" * 201]}, "ignore_labels"),
        ({"ignore_labels": ["x"] * 1001}, "ignore_labels"),
        ({"stride": -1}, "stride"),
        ({"stride": 1.5}, "stride"),
        ({"stride": True}, "stride"),
        ({"stride": float("nan")}, "stride"),
        ({"stride": 2**31}, "stride"),
        ({"stride": 1, "aggregation_strategy": "none"}, "stride"),
        ({"truncation": 1}, "truncation"),
        ({"delimiter": " "}, "delimiter"),
    ],
)
def test_params_have_bounds(params: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as caught:
        EntityParams.model_validate(params)
    assert {fault["loc"][0] for fault in caught.value.errors()} == {place}
