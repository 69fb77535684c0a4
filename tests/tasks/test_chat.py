"""Chats from the request to the answer: the real task and tokenizer around a model that writes what a test says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from serve_app.tasks.base import Engine, OnStep
from serve_app.tasks.sequences import Prompted, Token
from serve_app.types import Chunk, Done
from tests.served_model import ServedModel, write
from tests.tiny_models.chat import chat_tokenizer

USER = {"role": "user", "content": "What is 1 + 2?"}
TOOLS = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}]
CALL = '<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call>'
CALLED = [{"name": "add", "arguments": '{"a": 1, "b": 2}'}]


@pytest.fixture(scope="session")
def chat(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["chat"], "text-generation")


class Scripted(Engine):
    """Writes these texts, token by token; the prompts it was given stay with it."""

    def __init__(self, tokenizer: Any, texts: Sequence[str]) -> None:
        self._texts = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
        self.given: list[Prompted] = []

    def forward(self, *_: Any) -> Any:
        raise NotImplementedError

    def generate(self, sequences: Sequence[Prompted], search: Mapping[str, Any], on_step: OnStep) -> list[list[int]]:
        self.given += sequences
        running = set(range(len(sequences)))
        for step in range(max(map(len, self._texts))):
            tokens = [
                Token(sequence.id, text[step]) if row in running and step < len(text) else None
                for row, (sequence, text) in enumerate(zip(sequences, self._texts, strict=True))
            ]
            running -= on_step(tokens)
        return [[] for _ in sequences]


def said(
    served: ServedModel,
    texts: Sequence[str],
    verb: str = "stream",
    params: Mapping[str, Any] | None = None,
    continues: bool = False,
    **chat: Any,
) -> tuple[list[Chunk], Done, Scripted]:
    """What one request makes of these answers."""
    if continues:
        chat["continue"] = True
    items = served.items([{"messages": [USER], **chat}], [{"n": len(texts), **(params or {})}], verb)
    engine = Scripted(served.kit.tokenizer, texts)
    [(chunks, done)] = write(served.task, items, served.rows(items), served.kit, engine)
    return chunks, done, engine


def told(chunks: Sequence[Chunk], choice: int = 0) -> dict[str, str]:
    parts = {"reasoning": "", "content": ""}
    for chunk in chunks:
        if chunk.choice == choice:
            parts[chunk.part] += chunk.text
    return parts


@pytest.mark.parametrize("verb", ["predict", "stream"])
def test_an_answer_in_its_parts(chat: ServedModel, verb: str) -> None:
    text = f"<think>\nI add.\n</think>\n\nLet me see.\n{CALL}<|im_end|>"
    chunks, done, _ = said(chat, [text], verb, tools=TOOLS)
    message = {"content": "Let me see.", "reasoning_content": "I add.", "tool_calls": CALLED}
    assert done.output == {"generated_text": "Let me see.", "message": message}
    if verb == "predict":
        assert chunks == []
    else:
        assert told(chunks) == {"reasoning": "I add.", "content": "Let me see."}
        assert [chunk.part for chunk in chunks] == sorted((chunk.part for chunk in chunks), reverse=True)
        assert [chunk.last for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
        assert not any("tool" in token.text or "{" in token.text for chunk in chunks for token in chunk.tokens)
        assert "".join(token.text for chunk in chunks for token in chunk.tokens) == "I add.Let me see."


def test_a_chat_never_has_the_prompt(chat: ServedModel) -> None:
    _, done, _ = said(chat, ["Three.<|im_end|>"], params={"return_full_text": True})
    assert done.output["generated_text"] == "Three."


def test_each_choice_has_its_own_parts(chat: ServedModel) -> None:
    texts = ["<think>a</think>b<|im_end|>", f"{CALL}<|im_end|>", "c<|im_end|>"]
    chunks, done, _ = said(chat, texts, tools=TOOLS, params={"details": True})
    assert [told(chunks, choice) for choice in range(3)] == [
        {"reasoning": "a", "content": "b"},
        {"reasoning": "", "content": ""},
        {"reasoning": "", "content": "c"},
    ]
    messages = [choice["message"] for choice in done.output["details"]["choices"]]
    assert [message["tool_calls"] for message in messages] == [[], CALLED, []]
    assert [message["reasoning_content"] for message in messages] == ["a", None, None]
    assert [choice["generated_text"] for choice in done.output["details"]["choices"]] == ["b", "", "c"]
    assert done.output["message"] == messages[0]


def test_numbers_count_the_rendered_prompt_and_every_token(chat: ServedModel) -> None:
    _, done, engine = said(chat, [f"ok{CALL}<|im_end|>"], tools=TOOLS, params={"details": True})
    tokenizer, details = chat.kit.tokenizer, done.output["details"]
    text = tokenizer.apply_chat_template([USER], tools=TOOLS, add_generation_prompt=True, tokenize=False)
    prompt = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert engine.given[0].prompt == prompt
    assert details["input_length"] == len(prompt)
    assert details["generated_tokens"] == len(tokenizer(f"ok{CALL}<|im_end|>", add_special_tokens=False)["input_ids"])
    assert details["finish_reason"] == "eos_token"


@pytest.mark.parametrize("verb", ["predict", "stream"])
def test_stop_strings_count_on_all_that_is_written(chat: ServedModel, verb: str) -> None:
    text = f"Well.{CALL}<|im_end|>"
    chunks, done, _ = said(chat, [text], verb, tools=TOOLS, params={"stop": "</tool_call>", "details": True})
    assert done.output["details"]["finish_reason"] == "stop_sequence"
    assert done.output["message"] == {"content": "Well.", "reasoning_content": None, "tool_calls": CALLED}
    chunks, done, _ = said(chat, ["<think>abc</think>def<|im_end|>"], verb, params={"stop": "bc</think>"})
    assert done.output["message"] == {"content": "", "reasoning_content": "a", "tool_calls": []}
    assert verb == "predict" or told(chunks) == {"reasoning": "a", "content": ""}


def test_an_end_in_the_middle_of_a_call_loses_nothing(chat: ServedModel) -> None:
    chunks, done, _ = said(chat, [f"So {CALL}"], tools=TOOLS, params={"max_new_tokens": 20})
    assert done.output["message"]["tool_calls"] == []
    assert (
        told(chunks)["content"]
        == done.output["generated_text"]
        == ("So " + CALL.replace("<tool_call>", "T"))[:20].replace("T", "<tool_call>")
    )


def test_thoughts_that_the_template_began(chat: ServedModel) -> None:
    chunks, done, _ = said(chat, ["\nHm.\n</think>\n\nYes.<|im_end|>"], template={"enable_thinking": True})
    assert told(chunks) == {"reasoning": "Hm.", "content": "Yes."}
    assert done.output["message"] == {"content": "Yes.", "reasoning_content": "Hm.", "tool_calls": []}
    question = {"role": "user", "content": "What does <think>"}
    chunks, _, _ = said(chat, ["Yes.<|im_end|>"], messages=[question])
    assert told(chunks) == {"reasoning": "", "content": "Yes."}


@pytest.mark.parametrize(("begun", "part"), [("<think>I th", "reasoning"), ("<think>I</think>Y", "content")])
def test_a_continued_answer_goes_on_where_it_was(chat: ServedModel, begun: str, part: str) -> None:
    messages = [USER, {"role": "assistant", "content": begun}]
    chunks, _, _ = said(chat, ["ink<|im_end|>"], messages=messages, continues=True)
    assert told(chunks)[part] == "ink"


def test_without_tools_nothing_is_a_call(chat: ServedModel) -> None:
    offers: tuple[dict[str, Any], ...] = ({}, {"tools": TOOLS, "tool_choice": "none"})
    for given in offers:
        chunks, done, _ = said(chat, [f"{CALL}<|im_end|>"], **given)
        assert done.output["message"] == {"content": CALL, "reasoning_content": None, "tool_calls": []}
        assert told(chunks)["content"] == CALL


@pytest.mark.parametrize("end", ["<|im_end|>", "\n</tool_call><|im_end|>"])
def test_a_demanded_call(chat: ServedModel, end: str) -> None:
    answer = '{"name": "add", "arguments": {"a": 1, "b": 2}}' + end
    chunks, done, engine = said(chat, [answer], tools=TOOLS, tool_choice="required")
    assert done.output["message"] == {"content": "", "reasoning_content": None, "tool_calls": CALLED}
    assert told(chunks) == {"reasoning": "", "content": ""}
    grammar = engine.given[0].sampling.grammar
    assert grammar is not None
    assert grammar.kind == "json_schema"
    assert chat.kit.tokenizer.decode(engine.given[0].prompt).endswith("<tool_call>\n")


def test_chats_and_texts_share_a_batch_and_one_at_fault_harms_no_other(chat: ServedModel) -> None:
    inputs = [{"messages": [USER]}, "hi", {"messages": [{"role": "user", "content": "[refuse]"}]}, {"messages": [USER]}]
    first, text, refused, last = chat.task.expand(chat.items(inputs, [{}] * 4), chat.kit)
    assert str(refused) == "the model's chat template refuses this conversation: No such words."
    assert isinstance(first, list)
    assert isinstance(last, list)
    assert isinstance(text, list)
    assert first[0].arrays["input_ids"].tolist() == last[0].arrays["input_ids"].tolist()
    assert text[0].length == len("hi") + 1


def test_a_real_model_says_the_same_streamed_and_whole(chat: ServedModel) -> None:
    inputs = [{"messages": [{"role": "user", "content": "a" * length}], "tools": TOOLS} for length in (1, 9, 30)]
    params = [{"max_new_tokens": 40, "temperature": 1.0, "seed": seed, "details": True} for seed in range(3)]
    streams = chat.stream(inputs, params)
    items = chat.items(inputs, params)
    whole = write(chat.task, items, chat.rows(items), chat.kit, chat.engine)
    for (chunks, streamed), (_, unary) in zip(streams, whole, strict=True):
        assert streamed.output["message"] == unary.output["message"]
        message = unary.output["message"]
        assert told(chunks) == {"reasoning": message["reasoning_content"] or "", "content": message["content"]}
        assert streamed.output["details"]["generated_tokens"] == 40


MISTRAL = (
    "{{ bos_token }}[INST]{{ messages[0].content }}{% if tools %}{{ tools | tojson }}[TOOL_CALLS]{% endif %}[/INST]"
)
LLAMA = "{{ bos_token }}{{ messages[0].content }}{{ tools | tojson }}<|python_tag|><|eom|>"


@pytest.mark.parametrize(
    ("template", "mark", "call"),
    [
        (MISTRAL, "[TOOL_CALLS]", '[TOOL_CALLS][{"name": "add", "arguments": {"a": 1, "b": 2}}]'),
        (LLAMA, "<|python_tag|>", '<|python_tag|>{"name": "add", "parameters": {"a": 1, "b": 2}}'),
    ],
)
def test_marks_that_are_special_tokens_are_seen(chat: ServedModel, template: str, mark: str, call: str) -> None:
    tokenizer = chat_tokenizer(mark, "<|other|>")
    tokenizer.chat_template = template
    kit = replace(chat.kit, tokenizer=tokenizer)
    items = chat.items([{"messages": [USER], "tools": TOOLS}] * 2, [{}] * 2, "stream")
    rows = [row for [row] in chat.task.expand(items, kit)]  # type: ignore[misc]
    engine = Scripted(tokenizer, [f"Hm. {call}<|im_end|>", "Hm.<|other|> <|im_end|>"])
    (called, done), (plain, other) = write(chat.task, items, rows, kit, engine)
    assert told(called)["content"] == done.output["generated_text"] == "Hm."
    assert [(each["name"], json.loads(each["arguments"])) for each in done.output["message"]["tool_calls"]] == [
        ("add", {"a": 1, "b": 2})
    ]
    assert told(plain)["content"] == other.output["generated_text"] == "Hm. "
