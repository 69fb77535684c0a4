"""A grammar made to do harm is refused in time and in words, and neither others nor the next one notice."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import torch
from llguidance import LLParserLimits

from serve_app.errors import InvalidInput, Overloaded
from serve_app.replica.grammars import grammars as module
from serve_app.replica.grammars import rules
from serve_app.replica.grammars.checker import Checker
from serve_app.replica.grammars.grammars import Grammars
from serve_app.tasks.sequences import Grammar
from tests.replica.writers import END, SIZE, Scores, chance, loving, text, write
from tests.tiny_models.tokenizers import byte_level

GOOD = Grammar("regex", "[a-z]{1,5}")
SLOW = Grammar("json_schema", json.dumps({"properties": {f"p{i}": {"type": "integer"} for i in range(4200)}}))


def schema(content: Any) -> Grammar:
    return Grammar("json_schema", json.dumps(content))


def net(word: str, levels: int) -> Grammar:
    """Each part names the next one twice."""
    parts: dict[str, Any] = {f"a{i}": {word: [{"$ref": f"#/$defs/a{i + 1}"}] * 2} for i in range(levels)}
    return schema({"$defs": parts | {f"a{levels}": {"type": "string"}}, "$ref": "#/$defs/a0"})


REFUSED = {
    "a regular expression of 10 MB": (Grammar("regex", "a" * 10_000_000), "longer than"),
    "a schema of 10 MB": (schema({"enum": ["a" * 10_000_000]}), "longer than"),
    "endless repeats": (Grammar("regex", "a{1000000}"), "more than 10000 times"),
    "a number no machine holds": (Grammar("regex", "a{99999999999999999999}"), "more than 10000 times"),
    "endless items": (schema({"type": "array", "minItems": 10**9}), "more than 10000 times"),
    "parentheses": (Grammar("regex", "(" * 50_000 + "a" + ")" * 50_000), "not well-formed"),
    "a deep schema": (Grammar("json_schema", '{"items":' * 10_000 + "{}" + "}" * 10_000), "nested 10001 deep"),
    "a deep list": (Grammar("choice", "[" * 60_000), "nested 60000 deep"),
    "thousands of properties": (SLOW, "too long"),
    "hundreds of optional properties": (
        schema({"properties": {f"p{i}": {} for i in range(900)}, "type": "object"}),
        "ways to go on",
    ),
    "a huge enum": (schema({"enum": [f"value {i}" for i in range(100_000)]}), "longer than"),
    "circles": (schema({"$defs": {"a": {"$ref": "#/$defs/a", "type": "object"}}, "$ref": "#/$defs/a"}), "circles"),
    "itself": (schema({"$ref": "#"}), "nothing can satisfy it"),
    "another document": (schema({"$ref": "http://127.0.0.1:9/secret"}), "another document"),
    "a wide product of branches": (
        schema({"allOf": [{"anyOf": [{"properties": {f"p{i}{j}": {}}} for j in range(10)]} for i in range(10)]}),
        "too large",
    ),
    "no string at all": (Grammar("regex", r"[^\s\S]"), "nothing can satisfy it"),
    "look-ahead": (Grammar("regex", "(?=secret)a"), "look-around"),
    "a backreference": (Grammar("regex", r"(secret)\1"), "backreferences"),
    "not an expression": (Grammar("regex", "([secret"), "not well-formed"),
    "not JSON": (Grammar("json_schema", '{"secret'), "not JSON"),
    "not an object": (Grammar("json_schema", "[]"), "an object"),
    "no choice": (Grammar("choice", "[]"), "at least one string"),
    "numbers to choose from": (Grammar("choice", "[1, 2]"), "at least one string"),
    "half a character": (Grammar("choice", '["\\ud800"]'), "half a character"),
    "an unsupported keyword": (schema({"type": "array", "uniqueItems": True}), "`uniqueItems` is not supported"),
    "an unknown format": (schema({"type": "string", "format": "secret"}), "`format`"),
    "branches that may both hold": (schema({"oneOf": [{"type": "string"}, {"const": "secret"}]}), "anyOf"),
    "a contradiction": (schema({"type": "integer", "minimum": 2, "maximum": 1}), "nothing can satisfy it"),
    "numbers beyond all": (schema({"type": "number", "maximum": 1e308, "minimum": -1e308}), "number ranges"),
    "an infinite number": (Grammar("json_schema", '{"maximum": 1e999}'), "beyond what JSON"),
    "an unknown kind": (Grammar("secret", "a"), "its kind is unknown"),
}
HARMLESS = {
    "a long enum": schema({"enum": [f"{index:x}" for index in range(9_000)]}),
    "nested repeats": Grammar("regex", "(a+)+b"),
    "a hundred thousand states": Grammar("regex", "(a|b)*a(a|b){200}"),
    "nested counts": Grammar("regex", "((a{100}){100}){100}"),
    "overlapping wildcards": Grammar("regex", "|".join(f".*{chr(97 + i)}.*{chr(98 + i)}" for i in range(24))),
    "a net of references": net("anyOf", 50),
    "a net of intersections": net("allOf", 50),
    "a schema within itself": schema({"type": "object", "properties": {"next": {"$ref": "#"}}}),
}


@pytest.fixture(scope="module")
def grammars() -> Iterator[Grammars]:
    made = Grammars(byte_level(), SIZE)
    made.matcher(GOOD)
    yield made
    made.close()


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_in_time_with_the_reason(grammars: Grammars, name: str) -> None:
    grammar, why = REFUSED[name]
    began = time.monotonic()
    with pytest.raises(InvalidInput, match=why) as caught:
        grammars.check(grammar).result()
    assert time.monotonic() - began < 2
    assert caught.value.field == "grammar"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_looks_hostile_takes_no_time(grammars: Grammars, name: str) -> None:
    began = time.monotonic()
    write(grammars, HARMLESS[name], chance(0), at_most=200)
    assert time.monotonic() - began < 2


def test_others_pass_by_one_that_is_slow_and_the_next_one_is_served(grammars: Grammars) -> None:
    for checker in [*grammars._checkers.queue]:
        assert checker.against(*GOOD) == "", "both have started"
    slow = grammars.check(SLOW)
    for index in range(3):
        grammars.check(Grammar("regex", f"[a-z]{{1,{index + 6}}}")).result()
    assert not slow.done()
    with pytest.raises(InvalidInput, match="too long"):
        slow.result()
    grammars.check(Grammar("regex", "[a-z]{1,20}")).result()
    assert text(write(grammars, GOOD, chance(0))).isalpha()


def test_asking_never_blocks_and_all_share_one_answer(grammars: Grammars) -> None:
    began = time.monotonic()
    asked = [grammars.check(Grammar("choice", '["shared"]')) for _ in range(50)]
    assert time.monotonic() - began < 0.5
    assert not asked[0].cancel(), "one who gives up takes it from the others"
    assert len({id(future.result()) for future in asked}) == 1


def test_a_grammar_is_checked_once() -> None:
    with closing(Grammars(byte_level(), SIZE)) as own:
        own.check(GOOD).result()
    assert text(write(own, GOOD, chance(0))).isalpha()


def test_only_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    with closing(Grammars(byte_level(), SIZE)) as own:
        for letter in "abac":
            own.check(Grammar("regex", letter)).result()
        assert [grammar.text for grammar in own._kept] == ["a", "c"]


def test_too_many_at_once_are_told_to_come_back(grammars: Grammars, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 0)
    with pytest.raises(Overloaded):
        grammars.check(Grammar("regex", "new")).result()
    monkeypatch.undo()
    monkeypatch.setattr(module, "WAITS_S", -1)
    with pytest.raises(Overloaded):
        grammars.check(Grammar("regex", "new")).result()
    grammars.check(GOOD).result()


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Grammars]:
    """Grammars whose rules may hardly grow."""
    monkeypatch.setattr(rules, "LIMITS", LLParserLimits(max_lexer_states=200, verbose_errors=False))
    made = Grammars(byte_level(), SIZE)
    yield made
    made.close()


# What may come depends on the last nine letters, which are different in each answer.
GROWING = Grammar("regex", "(a|b)*a(a|b){8}c")


def ends_soon(seed: int) -> Scores:
    others = chance(seed)

    def scores(tokens: list[int]) -> torch.Tensor:
        found = others(tokens)
        found[byte_level().encode("c")] += 50 * (len(tokens) > 20)
        return found

    return scores


def test_rules_that_outgrow_their_limits_are_that_answers_fault_alone(narrow: Grammars) -> None:
    with pytest.raises(InvalidInput, match="cannot follow the grammar any further: it is too complex") as caught:
        write(narrow, GROWING, loving("ab"))
    assert caught.value.field == "grammar"
    assert text(write(narrow, GOOD, chance(0))).isalpha()
    assert re.fullmatch(GROWING.text, text(write(narrow, GROWING, ends_soon(0))))


def test_what_others_made_grow_is_no_fault_of_the_next_answer(narrow: Grammars) -> None:
    first = narrow.check(GROWING).result()
    answers = [text(write(narrow, GROWING, ends_soon(seed), seed=seed)) for seed in range(30)]
    assert all(re.fullmatch(GROWING.text, answer) for answer in answers)
    assert narrow.check(GROWING).result() is not first, "nothing has outgrown its limits"


def test_an_answer_goes_on_when_another_one_made_its_rules_fail(narrow: Grammars) -> None:
    going_on = narrow.matcher(GROWING, {END})
    for token in byte_level().encode("abbabbabb"):
        going_on.take(token)
    first = narrow.check(GROWING).result()
    with pytest.raises(InvalidInput):
        write(narrow, GROWING, loving("ab"))
    assert narrow.check(GROWING).result() is not first, "nothing has outgrown its limits"
    scores = torch.zeros(SIZE)
    going_on.forbid(scores)
    assert torch.isfinite(scores).nonzero()[:, 0].tolist() == sorted(byte_level().encode("abc"))


def test_rules_that_took_long_to_make_are_not_made_again_between_steps(
    narrow: Grammars, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RENEWED_AT_MOST_S", -1)
    with pytest.raises(InvalidInput, match="cannot follow"):
        for seed in range(30):
            write(narrow, GROWING, ends_soon(seed), seed=seed)
    assert re.fullmatch(GROWING.text, text(write(narrow, GROWING, ends_soon(0))))


@pytest.fixture
def checker() -> Iterator[Checker]:
    made = Checker()
    yield made
    made.close()


def test_a_process_that_crashed_is_replaced(checker: Checker) -> None:
    assert checker.against(*GOOD) == ""
    assert checker._far is not None
    os.kill(checker._far.process.pid, signal.SIGSEGV)
    checker._far.process.wait()
    assert "too much memory" in checker.against(*GOOD)
    assert checker.against(*GOOD) == ""


def test_a_process_that_stands_still_is_ended(checker: Checker) -> None:
    assert checker.against(*GOOD) == ""
    assert checker._far is not None
    os.kill(checker._far.process.pid, signal.SIGSTOP)
    began = time.monotonic()
    assert "too long" in checker.against(*GOOD)
    assert time.monotonic() - began < 3
    assert checker.against(*GOOD) == ""


def test_the_process_ends_with_the_one_that_started_it(checker: Checker) -> None:
    assert checker.against(*GOOD) == ""
    assert checker._far is not None
    checker._far.connection.close()
    assert checker._far.process.wait(timeout=5) == 0


def test_interrupting_the_group_leaves_it_alone(checker: Checker) -> None:
    assert checker.against(*GOOD) == ""
    assert checker._far is not None
    os.kill(checker._far.process.pid, signal.SIGINT)
    assert checker.against(*GOOD) == ""


def test_the_threads_end_with_it() -> None:
    before = threading.active_count()
    with closing(Grammars(byte_level(), SIZE)) as own:
        own.check(GOOD).result()
    assert threading.active_count() == before
