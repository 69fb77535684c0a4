"""Whatever a model would like to write, what it writes follows the grammar, and ends where that may end."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch

from serve_app.errors import InvalidInput
from serve_app.replica.grammars.grammars import Grammars
from serve_app.tasks.sequences import Grammar
from tests.replica.writers import END, SIZE, chance, loving, text, write
from tests.tiny_models import Folders
from tests.tiny_models.tokenizers import byte_level, unigram, wordpiece

SHORT = {"type": "string", "maxLength": 12}
PERSON = {
    "type": "object",
    "properties": {
        "name": SHORT,
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "tags": {"type": "array", "items": {"enum": ["red", "grün", 7, None]}, "minItems": 1, "maxItems": 4},
        "home": {
            "type": "object",
            "properties": {"city": {"type": "string", "pattern": "^[A-Z][a-zé]{1,9}$"}, "floor": {"type": "number"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
    "required": ["name", "age", "tags", "home"],
    "additionalProperties": False,
}
SCHEMAS: dict[str, Any] = {
    "an object": PERSON,
    "an array": {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 5},
    "an enum": {"enum": ["one", "two", {"three": [3]}]},
    "numbers": {
        "type": "array",
        "items": {"type": "number", "minimum": -3, "maximum": 3},
        "minItems": 3,
        "maxItems": 3,
    },
    "letters of any script": {"const": '日本語 🎉 " \\ é'},
    "a date": {"type": "string", "format": "date"},
    "branches": {"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 10, "maximum": 99}]},
    "what refers to itself": {
        "$defs": {
            "tree": {
                "type": "object",
                "properties": {"left": {"$ref": "#/$defs/tree"}},
                "additionalProperties": False,
            }
        },
        "$ref": "#/$defs/tree",
    },
    "exclusive branches": {
        "oneOf": [
            {
                "type": "object",
                "properties": {"kind": {"const": kind}},
                "required": ["kind"],
                "additionalProperties": False,
            }
            for kind in ("a", "b")
        ]
    },
}
EXPRESSIONS = (
    r"\d{4}-\d{2}",
    r"[a-f]+(, [a-f]+){2}\.?",
    r"^(yes|no)$",
    r"a/b\n\\/[/]x",
    r"(?i)abc",
    r"(été|🎉){2,3}",
    r"(a+)+b",
)


@pytest.fixture(scope="module")
def grammars() -> Iterator[Grammars]:
    made = Grammars(byte_level(), SIZE)
    yield made
    made.close()


def schema(content: Any) -> Grammar:
    return Grammar("json_schema", json.dumps(content))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", SCHEMAS)
def test_answers_satisfy_their_schema(grammars: Grammars, name: str, seed: int) -> None:
    answer = json.loads(text(write(grammars, schema(SCHEMAS[name]), chance(seed), seed=seed)))
    jsonschema.validate(answer, SCHEMAS[name])


@pytest.mark.parametrize("seed", range(3))
def test_any_object_is_an_object(grammars: Grammars, seed: int) -> None:
    answer = json.loads(text(write(grammars, Grammar("json_object", ""), loving('}"', seed))))
    assert isinstance(answer, dict)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_answers_match_their_expression(grammars: Grammars, expression: str, seed: int) -> None:
    answer = text(write(grammars, Grammar("regex", expression), chance(seed), seed=seed))
    assert re.fullmatch(expression, answer), answer


def test_answers_are_one_of_the_choices(grammars: Grammars) -> None:
    choices = ["yes", "yes!", "no", 'a.b/c\n"d"', "grün 🎉", "x|y", "[z]{2}", "#&~-  "]
    grammar = Grammar("choice", json.dumps(choices))
    found = {text(write(grammars, grammar, chance(seed), seed=seed)) for seed in range(60)}
    assert found == set(choices)


def test_a_real_model_follows_a_schema(grammars: Grammars, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(Folders(tmp_path)["llama"])
    start = byte_level().encode("a good day")

    def scores(tokens: list[int]) -> torch.Tensor:
        with torch.inference_mode():
            return network(torch.tensor([[*start, *tokens]])).logits[0, -1]  # type: ignore[no-any-return]

    wanted = {
        "type": "object",
        "properties": {"mood": {"enum": ["good", "bad"]}, "n": {"type": "integer", "minimum": 0, "maximum": 99}},
        "required": ["mood", "n"],
        "additionalProperties": False,
    }
    for temperature in (0.0, 1.0):
        answer = text(write(grammars, schema(wanted), scores, at_most=140, temperature=temperature))
        jsonschema.validate(json.loads(answer), wanted)


@pytest.mark.parametrize("space", [" ", "\n", " \n", "\t"])
def test_one_who_loves_spaces_comes_to_an_end(grammars: Grammars, space: str) -> None:
    roomy = {"type": "array", "items": SCHEMAS["an enum"], "minItems": 3, "maxItems": 3}
    answer = text(write(grammars, schema(roomy), loving(space)))
    jsonschema.validate(json.loads(answer), roomy)
    assert not re.search(r"\s{10}", answer)


def test_the_usual_spacings_of_json_are_allowed(grammars: Grammars) -> None:
    value = {"a": 1, "b": [2, {"c": 3}]}
    for written in (json.dumps(value), json.dumps(value, indent=2), json.dumps(value, separators=(",", ":"))):
        matcher = grammars.matcher(schema({"type": "object"}))
        for token in [*byte_level().encode(written), END]:
            scores = torch.zeros(SIZE)
            matcher.forbid(scores)
            assert scores[token] == 0, written
            matcher.take(token)


def test_it_may_end_only_where_it_is_complete_and_must_end_there(grammars: Grammars) -> None:
    matcher = grammars.matcher(Grammar("regex", "ab?"), {END})
    allowed = []
    for token in byte_level().encode("ab"):
        scores = torch.zeros(SIZE)
        matcher.forbid(scores)
        allowed.append(set(torch.isfinite(scores).nonzero()[:, 0].tolist()))
        matcher.take(token)
    scores = torch.zeros(SIZE)
    matcher.forbid(scores)
    a, b = byte_level().encode("ab")
    assert allowed == [{a}, {b, END}]
    assert torch.isfinite(scores).nonzero()[:, 0].tolist() == [END]


def test_a_complete_answer_ends_whatever_else_is_asked(grammars: Grammars) -> None:
    grammar = Grammar("choice", '["yes"]')
    assert text(write(grammars, grammar, chance(0), at_most=20, min_new_tokens=10)) == "yes"
    assert text(write(grammars, grammar, chance(0), at_most=20, suppressed=(END,))) == "yes"


def test_parameters_that_leave_no_token_are_the_callers_fault(grammars: Grammars) -> None:
    [y] = byte_level().encode("y")
    with pytest.raises(InvalidInput, match="other parameters forbid every token") as caught:
        write(grammars, Grammar("choice", '["yes"]'), chance(0), suppressed=(y,))
    assert caught.value.field == "grammar"


def test_several_tokens_end_an_answer() -> None:
    tokenizer = byte_level()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|turn|>"]})
    with closing(Grammars(tokenizer, SIZE + 1)) as grammars:
        matcher = grammars.matcher(Grammar("choice", '["a"]'), {END, SIZE})
        scores = torch.zeros(SIZE + 1)
        matcher.forbid(scores)
        assert torch.isfinite(scores).nonzero()[:, 0].tolist() == tokenizer.encode("a")
        matcher.take(tokenizer.encode("a")[0])
        scores = torch.zeros(SIZE + 1)
        matcher.forbid(scores)
        assert torch.isfinite(scores).nonzero()[:, 0].tolist() == [END, SIZE]
        matcher.take(SIZE)


@pytest.mark.parametrize("size", [SIZE - 5, SIZE, SIZE + 63])
def test_scores_may_be_wider_or_narrower_than_the_tokenizer(size: int) -> None:
    with closing(Grammars(byte_level(), size)) as grammars:
        scores = torch.zeros(size)
        grammars.matcher(Grammar("regex", "[ -~]+")).forbid(scores)
        assert torch.isfinite(scores).nonzero()[:, 0].tolist() == sorted(
            byte_level().encode("".join(map(chr, range(32, 127))))
        )


def test_a_mask_is_quick_over_a_large_vocabulary() -> None:
    size, threads = 50_257, torch.get_num_threads()
    took = []
    with closing(Grammars(byte_level(), size)) as grammars:
        matcher = grammars.matcher(Grammar("regex", "[a-z ]+"))
        scores = torch.zeros(size)
        torch.set_num_threads(1)
        for _ in range(50):
            began = time.thread_time()
            matcher.forbid(scores)
            took.append(time.thread_time() - began)
        torch.set_num_threads(threads)
    # The quickest says what it costs, the others what else this machine does.
    assert min(took) < 0.001


@pytest.mark.parametrize("make", [wordpiece, unigram])
def test_a_tokenizer_that_spells_no_bytes_is_told_so(make: Any) -> None:
    with closing(Grammars(make(), 64)) as grammars:
        with pytest.raises(InvalidInput, match="grammar") as caught:
            grammars.matcher(Grammar("regex", "a"))
        assert caught.value.field == "grammar"


def test_a_token_of_text_that_also_ends_an_answer_keeps_to_the_grammar(grammars: Grammars) -> None:
    a, b = byte_level().encode("ab")
    matcher = grammars.matcher(Grammar("regex", "b?c?"), {END, a, b})
    scores = torch.zeros(SIZE)
    matcher.forbid(scores)
    assert torch.isfinite(scores).nonzero()[:, 0].tolist() == [b, b + 1, END]


def test_a_tokenizer_that_the_library_trips_over_is_told_so() -> None:
    from tokenizers import Tokenizer, decoders, models
    from transformers import PreTrainedTokenizerFast

    broken = Tokenizer(models.BPE({"<0xGG>": 0, "a": 1, "</s>": 2}, []))
    broken.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=broken, eos_token="</s>")
    with (
        closing(Grammars(tokenizer, 3)) as grammars,
        pytest.raises(InvalidInput, match="this model cannot follow a grammar"),
    ):
        grammars.check(Grammar("regex", "a")).result()


def test_answers_side_by_side_do_not_disturb_each_other(grammars: Grammars) -> None:
    grammar = Grammar("choice", '["ab", "cd"]')
    first, second = grammars.matcher(grammar), grammars.matcher(grammar)
    [a, b], [c, d] = byte_level().encode("ab"), byte_level().encode("cd")
    first.take(a)
    second.take(c)
    for matcher, token in ((first, b), (second, d)):
        scores = torch.zeros(SIZE)
        matcher.forbid(scores)
        assert torch.isfinite(scores).nonzero()[:, 0].tolist() == [token]
