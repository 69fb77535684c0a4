"""The demo reranker puts the text that answers first, for deeds that it was never trained on."""

import re
from typing import Any

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from serve_app import demo
from serve_app.demo.languages import searches
from serve_app.demo.languages.searches import Search

RIGHT_AT_LEAST = 0.95


@pytest.fixture(scope="module")
def scores() -> Any:
    folder = demo.build("bert-rerank")
    model, tokenizer = AutoModelForSequenceClassification.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)

    def of(found: list[Search]) -> torch.Tensor:
        pairs = [(search.query, text) for search in found for text in search.texts]
        batch = tokenizer(*map(list, zip(*pairs, strict=True)), padding=True, return_tensors="pt")
        with torch.no_grad():
            logits: torch.Tensor = model(**batch).logits
        return logits.view(len(found), -1)

    return of


def test_the_answer_stands_above_near_misses(scores: Any) -> None:
    best = scores(searches.held_out_searches(300)).argmax(-1)
    assert (best == 0).float().mean() >= RIGHT_AT_LEAST


def test_scores_tell_answers_from_others_by_themselves(scores: Any) -> None:
    found = scores(searches.held_out_searches(300)) > 0
    assert (found == torch.tensor([True, False, False, False])).float().mean() >= 0.9


def test_only_the_first_text_is_about_the_same_deed_and_thing() -> None:
    for search in searches.held_out_searches(200):
        asked, *told = (_meant(text) for text in (search.query, *search.texts))
        assert [text == asked for text in told] == [True, False, False, False]
        assert (told[1][0], told[2][1]) == asked


def _meant(text: str) -> tuple[int, int]:
    """The places of deed and thing in their tables of synonyms, by whichever words the text has."""
    words = set(re.findall(r"\w+", text.lower()))
    deed, thing = (
        [place for place, likes in enumerate(table.split(";")) if words & set(likes.split())]
        for table in (searches.ACTIONS, searches.OBJECTS)
    )
    assert (len(deed), len(thing)) == (1, 1)
    return deed[0], thing[0]
