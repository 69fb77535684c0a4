"""Answers of chats taken apart by their marks, in pieces of every size."""

import json
from random import Random
from typing import Any

import pytest

from serve_app.tasks.text.chat.formats import FORMATS, format_of
from serve_app.tasks.text.chat.formats.base import Format
from serve_app.tasks.text.chat.formats.hermes import Hermes
from serve_app.tasks.text.chat.formats.llama import Llama
from serve_app.tasks.text.chat.formats.mistral import Mistral
from serve_app.tasks.text.chat.marked_sieve import MarkedSieve
from serve_app.tasks.text.chat.thinking import MARKS, thinking_of
from serve_app.tasks.text.sieve import Part, Sieve

OFFERED = {"add", "weather"}
THINK = MARKS[0]
ADD = {"name": "add", "arguments": {"a": 1, "b": "zwölf"}}
PARAMETERS = {"name": "add", "parameters": {"a": 1, "b": "zwölf"}}
ADDED = ("add", {"a": 1, "b": "zwölf"})
RAINS: tuple[str, Any] = ("weather", {})


def sieved(sieve: Sieve, text: str, size: int) -> dict[Part, str]:
    """What is told of each part while the text comes in pieces of this size."""
    told: dict[Part, str] = {"content": "", "reasoning": ""}
    pieces = [piece for start in range(0, len(text), size) for piece in sieve.push(text[start : start + size])]
    for piece in [*pieces, *sieve.finish()]:
        assert piece.text, "an empty piece tells nothing"
        told[piece.part] += piece.text
    return told


def calls_of(message: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(call["name"], json.loads(call["arguments"])) for call in message["tool_calls"]]


CALLING = [
    (Hermes(), f"<tool_call>\n{json.dumps(ADD)}\n</tool_call>", "", [ADDED]),
    (
        Hermes(),
        f'Wait.\n<tool_call>{json.dumps(ADD)}</tool_call>\n<tool_call>{{"name": "weather"}}</tool_call>\n',
        "Wait.",
        [ADDED, RAINS],
    ),
    (Hermes(), f"a <tool_call>{json.dumps(ADD)}</tool_call>\n b\n", "a \n b\n", [ADDED]),
    (Hermes(), f"<tool_call>\n{json.dumps(ADD)}\n", "", [ADDED]),
    (Hermes(), '<tool_call>{"name": "weather", "arguments": "{}"}</tool_call>', "", [RAINS]),
    (Llama(), json.dumps(PARAMETERS), "", [ADDED]),
    (Llama(), f"\n {json.dumps(PARAMETERS)}; {json.dumps({'name': 'weather', 'parameters': {}})} ", "", [ADDED, RAINS]),
    (Llama(), f"<|python_tag|>{json.dumps(PARAMETERS)}", "", [ADDED]),
    (Llama(), f"Sure. <|python_tag|>{json.dumps(ADD)}", "Sure.", [ADDED]),
    (Mistral(), f"[TOOL_CALLS] [{json.dumps(ADD)}, {json.dumps({'name': 'weather', 'id': '1'})}]", "", [ADDED, RAINS]),
    (
        Mistral(),
        f"Now.\n[TOOL_CALLS]add[ARGS]{json.dumps(ADD['arguments'])}[TOOL_CALLS]weather[ARGS]{{}}",
        "Now.",
        [ADDED, RAINS],
    ),
    (Mistral(), f"[TOOL_CALLS]add[CALL_ID]12ab[ARGS]{json.dumps(ADD['arguments'])}", "", [ADDED]),
]


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
@pytest.mark.parametrize(("format", "text", "content", "calls"), CALLING)
def test_calls_are_found_and_never_shown(
    format: Format, text: str, content: str, calls: list[tuple[str, Any]], size: int
) -> None:
    for thoughts in ("", "I add.\nOr not? <tool"):
        sieve = MarkedSieve(THINK, format, OFFERED)
        told = sieved(sieve, f"<think>\n{thoughts}\n</think>\n\n{text}" if thoughts else text, size)
        answer = sieve.answer()
        assert told == {"content": content, "reasoning": thoughts}
        assert (answer["generated_text"], answer["message"]["content"]) == (content, content)
        assert answer["message"]["reasoning_content"] == (thoughts or None)
        assert calls_of(answer["message"]) == calls


DEEP = "[" * 100_000


@pytest.mark.parametrize("size", [1, 3, 10_000])
@pytest.mark.parametrize(
    ("format", "text"),
    [
        (Hermes(), "plain < text <tool_cal and no more"),
        (Hermes(), " \n white space stays where no mark is \n "),
        (Hermes(), "<tool_call>\nno json\n</tool_call> and on"),
        (Hermes(), "say <tool_call>[1]</tool_call>"),
        (Hermes(), '<tool_call>{"name": 5}</tool_call>'),
        (Hermes(), '<tool_call>{"name": "add", "arguments": [1]}</tool_call>'),
        (Hermes(), '<tool_call>{"name": "add", "arguments": {"a": NaN}}</tool_call>'),
        (Hermes(), '<tool_call>{"name": "add", "argum'),
        (Hermes(), "<tool_call>"),
        (Llama(), '{"name": "unknown", "parameters": {}}'),
        (Llama(), '{"age": 36}'),
        (Llama(), "{ not json"),
        (Llama(), f"{json.dumps(PARAMETERS)} and so on"),
        (Llama(), "<|python_tag|>print(1)"),
        (Mistral(), "[TOOL_CALLS]"),
        (Mistral(), "[TOOL_CALLS][]"),
        (Mistral(), "[TOOL_CALLS]add[ARGS]{"),
        (Mistral(), "a [TOOL_CALL or two"),
        (None, f"<tool_call>{json.dumps(ADD)}</tool_call>"),
        (None, ""),
    ],
)
def test_what_is_no_call_is_said_to_the_last_letter(format: Format | None, text: str, size: int) -> None:
    sieve = MarkedSieve(THINK, format, OFFERED)
    assert sieved(sieve, text, size) == {"content": text, "reasoning": ""}
    assert sieve.answer()["message"] == {"content": text, "reasoning_content": None, "tool_calls": []}


@pytest.mark.parametrize("format", FORMATS)
def test_a_bottomless_call_is_text(format: Format) -> None:
    sieve = MarkedSieve(None, format, OFFERED)
    text = f'{format.opens}{{"name": "add", "{format.arguments}": {DEEP}{format.closes}'
    assert sieved(sieve, text, 10_000)["content"] == text


@pytest.mark.parametrize("size", [1, 4, 10_000])
@pytest.mark.parametrize(
    ("text", "opened", "reasoning", "content"),
    [
        ("<think>\nHm.\n\n</think>\n\nYes.\n", False, "Hm.", "Yes.\n"),
        ("\nHm.</think> Yes.", True, "Hm.", "Yes."),
        ("Hm, but </thin", True, "Hm, but </thin", ""),
        ("\n\n<think>\n\n</think>\n\nYes.", False, "", "Yes."),
        ("Say <think> loud </think>", False, "", "Say <think> loud </think>"),
        ("<thinking> no", False, "", "<thinking> no"),
        ("<think>a</think><think>b</think>", False, "a", "<think>b</think>"),
        ("<think>a", False, "a", ""),
    ],
)
def test_thoughts_are_kept_apart(text: str, opened: bool, reasoning: str, content: str, size: int) -> None:
    sieve = MarkedSieve(THINK, Hermes(), OFFERED, "thinking" if opened else "beginning")
    assert sieved(sieve, text, size) == {"reasoning": reasoning, "content": content}
    message = sieve.answer()["message"]
    assert (message["reasoning_content"], message["content"]) == (reasoning or None, content)


@pytest.mark.parametrize("format", FORMATS)
def test_any_text_comes_out_the_same_in_pieces_and_whole(format: Format) -> None:
    dice = Random(1)
    words = [*"ab {}\n[", "<think>", "</think>", "<thi", format.opens, format.closes, json.dumps(ADD), "é🎉"]
    for _ in range(300):
        text = "".join(dice.choices(words, k=dice.randint(0, 12)))
        whole, pieces = MarkedSieve(THINK, format, OFFERED), MarkedSieve(THINK, format, OFFERED)
        told = sieved(pieces, text, dice.randint(1, 5))
        assert told == sieved(whole, text, 10_000)
        message = pieces.answer()["message"]
        assert message == whole.answer()["message"]
        assert (told["content"], told["reasoning"]) == (message["content"], message["reasoning_content"] or "")
        if not (message["tool_calls"] or message["reasoning_content"] or "<think>" in text):
            assert told["content"] == text


def test_words_come_as_soon_as_they_are_certain() -> None:
    sieve = MarkedSieve(THINK, Hermes(), OFFERED)
    told = [
        "".join(piece.text for piece in sieve.push(text)) for text in ("Hel", "lo", " <to", "ast>", "\n", "<tool_call>")
    ]
    assert told == ["Hel", "lo", "", " <toast>", "", ""]


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ('return a json object within <tool_call></tool_call> {"name": <function-name>}', Hermes),
        (
            'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.',
            Llama,
        ),
        ('{{ "<|python_tag|>" + tool_call.name }}', Llama),
        ('{{ "[TOOL_CALLS] [" }}', Mistral),
    ],
)
def test_formats_are_recognised_by_the_template(template: str, kind: type[Format]) -> None:
    assert isinstance(format_of(template), kind)


@pytest.mark.parametrize("template", ["{{ messages }}", "<tool_call><function=name></function></tool_call>"])
def test_other_formats_are_not_guessed(template: str) -> None:
    assert format_of(template) is None


def test_thoughts_are_recognised_by_the_template() -> None:
    assert thinking_of("{{ content.split('</think>')[-1] }}") == THINK
    assert thinking_of("[THINK]{{ thoughts }}[/THINK]") == MARKS[1]
    assert thinking_of("{{ messages }}") is None
