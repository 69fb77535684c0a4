"""A caller's grammar as the rules of llguidance, and every bound that these run under."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from llguidance import LLMatcher, LLParserLimits, LLTokenizer, regex_to_lark

MOST_BYTES = 128 * 1024
MOST_DEPTH = 64
MOST_REPEATS = 10_000
"""No answer is so long; upper bounds may be any, because they cost nothing."""
# The first two bound the start, the others a step: some 15 ms of a core at worst; the last also 100 MB of memory.
LIMITS = LLParserLimits(
    initial_lexer_fuel=500_000,
    max_grammar_size=250_000,
    step_lexer_fuel=100_000,
    step_max_items=50_000,
    max_items_in_row=2_000,
    max_lexer_states=100_000,
    verbose_errors=False,
)
# One blank, or a new line and its indent: a model that loves spaces would else write them to its last token.
_WHITESPACE = " |\n {0,8}"
# All that is left of a forced text would be tokenized at each step; to walk the vocabulary is as quick, and bounded.
_HEAD = '%llguidance {"no_forcing": true}\n'
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_REPEATS = re.compile(r"\{(\d+)")
_LEAST = re.compile(r'"min(?:Length|Items|Properties)"\s*:\s*(\d+)')


class Refused(Exception):
    """Why a grammar cannot be used, in words for callers."""


def matcher(tokens: LLTokenizer, source: str) -> LLMatcher:
    """The start of every answer; with `get_error` when the rules make no sense. Steps that outgrow a limit fail."""
    return LLMatcher(tokens, source, log_level=0, limits=LIMITS)


def source(kind: str, text: str) -> str:
    """The rules of a grammar of this kind, or `Refused`."""
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise Refused(f"it is longer than {MOST_BYTES} bytes")
    if kind not in _KINDS:
        raise Refused(f"its kind is unknown; there are {', '.join(_KINDS)}")
    return _HEAD + "start: " + _KINDS[kind](text)


def _schema(text: str) -> str:
    schema = _parsed(text)
    _check_repeats(_LEAST, text)
    if not isinstance(schema, dict):
        raise Refused("a JSON schema is an object")
    # The schema's own options would undo ours.
    try:
        return "%json " + json.dumps(schema | {"x-guidance": {"whitespace_pattern": _WHITESPACE}}, allow_nan=False)
    except ValueError:
        raise Refused("a number in it is beyond what JSON can say") from None


def _any_object(text: str) -> str:
    return _schema('{"type": "object"}')


def _regex(text: str) -> str:
    _check_repeats(_REPEATS, text)
    return _expression(text)


def _choice(text: str) -> str:
    choices = _parsed(text)
    if not (isinstance(choices, list) and choices and all(isinstance(choice, str) for choice in choices)):
        raise Refused("a choice is a list of at least one string")
    return _expression("|".join(map(re.escape, choices)))


def _expression(text: str) -> str:
    try:
        return f"/{regex_to_lark(text)}/"
    except UnicodeEncodeError:
        raise Refused("it holds half a character") from None


def _parsed(text: str) -> Any:
    depth = deepest = 0
    for token in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        deepest = max(deepest, depth)
    if deepest > MOST_DEPTH:
        raise Refused(f"it is nested {deepest} deep, and the limit is {MOST_DEPTH}")
    try:
        return json.loads(text)
    except ValueError:
        raise Refused("it is not JSON") from None


def _check_repeats(pattern: re.Pattern[str], text: str) -> None:
    for found in pattern.finditer(text):
        if len(found[1]) > len(str(MOST_REPEATS)) or int(found[1]) > MOST_REPEATS:
            raise Refused(f"it wants something more than {MOST_REPEATS} times, which no answer can hold")


_KINDS: Mapping[str, Callable[[str], str]] = {
    "json_schema": _schema,
    "json_object": _any_object,
    "regex": _regex,
    "choice": _choice,
}
