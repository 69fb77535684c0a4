"""The generated languages: the same every time, and what is held out is never trained on."""

import random
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from serve_app.demo.languages import (
    conversations,
    facts,
    gaps,
    instructions,
    names,
    paraphrases,
    people,
    reports,
    reviews,
    searches,
    tables,
    topics,
    translations,
)

MAKERS: dict[str, tuple[Callable[[random.Random], Any], Callable[[int], Sequence[Any]]]] = {
    "conversations": (conversations.training_example, conversations.held_out_examples),
    "searches": (searches.training_search, searches.held_out_searches),
    "reviews": (reviews.training_example, reviews.held_out_examples),
    "paraphrases": (paraphrases.training_triple, paraphrases.held_out_triples),
    "facts": (facts.training_example, facts.held_out_examples),
    "instructions": (instructions.training_example, instructions.held_out_examples),
    "names": (names.training_example, names.held_out_examples),
    "people": (people.training_example, people.held_out_examples),
    "reports": (reports.training_example, reports.held_out_examples),
    "tables": (tables.training_example, tables.held_out_examples),
    "topics": (topics.training_example, topics.held_out_examples),
    "gaps": (gaps.training_example, gaps.held_out_examples),
    "translations": (translations.training_example, translations.held_out_examples),
}
EVERY_LANGUAGE = pytest.mark.parametrize("language", MAKERS)


def trained_on(language: str, seed: int, count: int) -> list[Any]:
    make, rng = MAKERS[language][0], random.Random(seed)
    return [make(rng) for _ in range(count)]


@EVERY_LANGUAGE
def test_the_same_seed_gives_the_same_data_and_another_seed_gives_other_data(language: str) -> None:
    assert trained_on(language, 3, 50) == trained_on(language, 3, 50)
    assert trained_on(language, 3, 50) != trained_on(language, 4, 50)


@EVERY_LANGUAGE
def test_held_out_data_is_the_same_every_time_and_grows_by_its_count(language: str) -> None:
    held_out = MAKERS[language][1]
    assert held_out(20) == held_out(40)[:20]


@EVERY_LANGUAGE
def test_held_out_data_is_never_trained_on(language: str) -> None:
    seen = {example[0] for example in trained_on(language, 0, 20_000)}
    held_out = {example[0] for example in MAKERS[language][1](300)}
    assert len(seen) > 200
    assert held_out.isdisjoint(seen)


def test_both_sentiments_are_about_as_frequent() -> None:
    answers = [example.answer for example in trained_on("reviews", 0, 2000)]
    assert set(answers) == {"NEGATIVE", "POSITIVE"}
    assert 900 < answers.count("POSITIVE") < 1100


def test_facts_are_true() -> None:
    known = dict([*trained_on("facts", 0, 5000), *facts.held_out_examples(1000)])
    assert known["The capital of Japan is"] == " Tokyo."
    assert known["The day after Sunday is"] == " Monday."
    assert known["Count: 7,"] == " 8, 9, 10."


def test_a_gap_has_the_word_that_belongs_there() -> None:
    known = dict([*trained_on("gaps", 0, 5000), *gaps.held_out_examples(1000)])
    assert known["The capital of France is [MASK]."] == "paris"
    assert known["[MASK] is the capital of Japan."] == "tokyo"
    assert known["The opposite of [MASK] is cold."] == "hot"
    assert all(text.count(gaps.GAP) == 1 for text in known)


def test_what_a_text_is_about_follows_from_it_and_nothing_else_does() -> None:
    claims = trained_on("topics", 0, 2000)
    assert all((claim.told == claim.asked) == (claim.label == "entailment") for claim in claims)
    assert 900 < sum(claim.label == "entailment" for claim in claims) < 1100


def test_sums_and_comparisons_are_right() -> None:
    for question, answer in trained_on("instructions", 0, 2000):
        task = question.removeprefix("Instruct: ").removesuffix("\nOutput:")
        if task.startswith("Which number is larger"):
            numbers = [int(word.strip("?")) for word in task.split() if word.strip("?").isdigit()]
            assert int(answer) == max(numbers)
        elif task.startswith("What is") and "+" in task:
            first, second = task.removeprefix("What is ").removesuffix("?").split(" + ")
            assert int(answer) == int(first) + int(second)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("The house is ", "Das Haus ist "),
        (" a big house", " ein großes Haus"),
        (" the old dog", " den alten Hund"),
        (" a good woman", " eine gute Frau"),
        (" an apple", " einen Apfel"),
        ("I see ", "Ich sehe "),
        ("We buy ", "Wir kaufen "),
        ("He sees ", "Er sieht "),
        (" does not ", " nicht"),
        (" in the garden.", " im Garten."),
    ],
)
def test_translations_decline_and_conjugate(english: str, german: str) -> None:
    said = [answer for text, answer in trained_on("translations", 0, 5000) if english in text]
    assert said
    assert all(german in answer for answer in said)


def test_a_paraphrase_says_the_same_in_other_words() -> None:
    triples = paraphrases.held_out_triples(200)
    assert sum(triple.anchor != triple.paraphrase for triple in triples) > 190
    assert all(triple.other not in (triple.anchor, triple.paraphrase) for triple in triples)


def test_what_is_told_in_held_out_conversations_was_never_told_in_training() -> None:
    told = re.compile(r"(\w+) (?:lives in (\w+)|is (\d+) years old)\.")
    trained, kept = (
        {pair for dialogue in dialogues for message in dialogue.messages for pair in told.findall(message.content)}
        for dialogues in (trained_on("conversations", 0, 5000), conversations.held_out_examples(300))
    )
    assert len(kept) > 100
    assert kept.isdisjoint(trained)


def test_conversations_call_only_tools_that_are_offered() -> None:
    for dialogue in trained_on("conversations", 0, 2000):
        called = {call.name for message in dialogue.messages for call in message.calls}
        assert called <= {tool.name for tool in dialogue.tools}
        assert dialogue.messages[-1].role == "assistant" and not dialogue.messages[-1].calls
