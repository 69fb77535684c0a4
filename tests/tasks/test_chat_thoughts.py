"""How many of an answer's tokens were thoughts."""

from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.served_model import ServedModel
from tests.tasks.test_chat import TOOLS, said
from tests.tasks.test_chat_response_template import tokenizer as with_response_template

CALL = '<tool_call>\n{"name": "add", "arguments": {}}\n</tool_call>'


@pytest.fixture(scope="module")
def chat(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["chat"], "text-generation")


def counted(served: ServedModel, text: str, **asked: Any) -> tuple[int, int]:
    """The tokens of the answer, and those of its thoughts."""
    _, done, _ = said(served, [text], params={"details": "counts"}, tools=TOOLS, **asked)
    details = done.output["details"]
    assert details["reasoning_tokens"] == details["choices"][0]["reasoning_tokens"]
    return details["generated_tokens"], details["reasoning_tokens"]


def size(served: ServedModel, text: str) -> int:
    return len(served.kit.tokenizer(text, add_special_tokens=False)["input_ids"])


@pytest.mark.parametrize("rest", ["Yes.", "", CALL])
def test_thoughts_go_from_behind_their_mark_to_the_end_of_the_other(chat: ServedModel, rest: str) -> None:
    text = f"<think>I add.</think>{rest}<|im_end|>"
    assert counted(chat, text) == (size(chat, text), size(chat, "I add.</think>"))


def test_thoughts_that_the_prompt_begins(chat: ServedModel) -> None:
    text = "Hm.</think>Yes.<|im_end|>"
    asked: dict[str, Any] = {"template": {"enable_thinking": True}}
    assert counted(chat, text, **asked) == (size(chat, text), size(chat, "Hm.</think>"))


def test_who_does_not_think(chat: ServedModel) -> None:
    assert counted(chat, f"Yes.{CALL}<|im_end|>")[1] == 0


def test_the_model_s_own_response_template(chat: ServedModel) -> None:
    served = copy(chat)
    served.kit = replace(chat.kit, tokenizer=with_response_template())
    text = "<|thoughts|>Hm.<|answer|>Yes.<|im_end|>"
    assert counted(served, text) == (size(served, text), size(served, "Hm.<|answer|>"))


def test_a_text_has_no_thoughts(chat: ServedModel) -> None:
    [(_, done)] = chat.stream(["<think>a</think>"], [{"details": True, "max_new_tokens": 2}])
    assert done.output["details"]["generated_tokens"] <= 2 and "reasoning_tokens" not in done.output["details"]
