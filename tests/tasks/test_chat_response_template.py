"""Answers taken apart by the response template that a model brings along."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from serve_app.tasks.text.chat.exchange import Exchange
from serve_app.tasks.text.chat.template_sieve import TemplateSieve
from tests.served_model import ServedModel, write
from tests.tasks.test_chat import CALLED, TOOLS, USER, Scripted, told
from tests.tasks.test_chat_sieves import sieved
from tests.tiny_models.chat import chat_tokenizer

SPEC: dict[str, Any] = {
    "start_anchor": "<|im_start|>assistant\n",
    "fields": {
        "reasoning_content": {"open": "<|thoughts|>", "close": "<|answer|>"},
        "tool_calls": {
            "open": "<|calls|>",
            "close": "<|end|>",
            "content": "json",
            "repeats": True,
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {},
    },
}
MARKS = ("<|thoughts|>", "<|answer|>", "<|calls|>", "<|end|>")
CALL = '<|calls|>{"name": "add", "arguments": {"a": 1, "b": 2}}<|end|>'


def tokenizer(prompted: str = "") -> Any:
    made = chat_tokenizer(*MARKS, "<|other|>")
    made.chat_template = made.chat_template + prompted
    made.response_template = SPEC
    return made


def sieve(tools: Any = TOOLS, prompt: str = "") -> TemplateSieve:
    return TemplateSieve(tokenizer(), f"<|im_start|>assistant\n{prompt}", tools)


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("text", "reasoning", "content", "calls"),
    [
        ("Hello <|there", "", "Hello <|there", []),
        (f"<|thoughts|> Hm. \n<|answer|>\nI add. {CALL}\n", "Hm.", "I add.", CALLED),
        (f"{CALL}\n{CALL}", "", "", CALLED * 2),
        ("<|thoughts|>cut", "cut", "", []),
    ],
)
def test_an_answer_in_its_parts(text: str, reasoning: str, content: str, calls: Any, size: int) -> None:
    parted = sieve()
    assert sieved(parted, text, size) == {"reasoning": reasoning, "content": content}
    message = {"content": content, "reasoning_content": reasoning or None, "tool_calls": calls}
    assert parted.answer() == {"generated_text": content, "message": message}


def test_the_prompt_may_have_begun_a_part() -> None:
    begun = sieve(prompt="<|thoughts|>So ")
    assert sieved(begun, "it is.<|answer|>Yes.", 2) == {"reasoning": "it is.", "content": "Yes."}


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ("a <|calls|>no json<|end|> b", TOOLS),
        ("a <|calls|>{", TOOLS),
        ('a <|calls|>{"name": 5}<|end|> b', TOOLS),
        (f"a {CALL} b", []),
    ],
)
def test_what_is_no_call_is_said(text: str, tools: Any, size: int) -> None:
    parted = sieve(tools)
    content = sieved(parted, text, size)["content"]
    assert parted.answer()["message"] == {"content": content, "reasoning_content": None, "tool_calls": []}
    said = text.partition("<|calls|>")[2].partition("<|end|>")[0]
    assert content.startswith("a")
    assert said in content
    assert content.endswith(text[-1])


def test_the_models_own_way_goes_first(folders: dict[str, Path]) -> None:
    served = ServedModel(folders["chat"], "text-generation")
    kit = replace(served.kit, tokenizer=tokenizer())
    items = served.items([{"messages": [USER], "tools": TOOLS}], [{}], "stream")
    [[row]] = served.task.expand(items, kit)  # type: ignore[misc]
    engine = Scripted(kit.tokenizer, [f"<|thoughts|>Hm.<|answer|>Yes.<|other|>{CALL}<|im_end|>"])
    [(chunks, done)] = write(served.task, items, [row], kit, engine)
    assert told(chunks) == {"reasoning": "Hm.", "content": "Yes.<|other|>"}
    assert done.output["message"]["tool_calls"] == CALLED


def test_a_demanded_call_is_read_as_it_was_demanded(folders: dict[str, Path]) -> None:
    kit = replace(ServedModel(folders["chat"], "text-generation").kit, tokenizer=tokenizer())
    exchange = Exchange({"messages": [USER], "tools": TOOLS, "tool_choice": "required"}, kit)
    parted = exchange.sieve(kit.tokenizer(exchange.prompt(), add_special_tokens=False)["input_ids"])
    parted.push('{"name": "add", "arguments": {"a": 1, "b": 2}}')
    parted.finish()
    assert parted.answer()["message"]["tool_calls"] == CALLED
