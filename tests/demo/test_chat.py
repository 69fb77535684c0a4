"""The demo chat model converses: held-out dialogues turn by turn, and the marks by which answers are taken apart."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
import torch
from jinja2 import TemplateError
from transformers import AutoModelForCausalLM, AutoTokenizer

from serve_app import demo
from serve_app.demo.languages import conversations
from serve_app.demo.languages.dialogues import Dialogue
from serve_app.demo.languages.tool_use import TOOLS
from serve_app.demo.recipes.chat_format import MARKS
from serve_app.demo.table import TABLE
from tests.demo.test_models import RIGHT_AT_LEAST

WEATHER, ADD, TIMER = (TOOLS[purpose].wire() for purpose in ("weather", "sum", "timer"))
RIGHT_OF_A_KIND_AT_LEAST = 0.85


class Chatter:
    """The model with its tokenizer; every call answers all its prompts as one batch, greedily."""

    def __init__(self) -> None:
        folder = demo.build("chat")
        self.tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
        self.model = AutoModelForCausalLM.from_pretrained(folder)

    def prompt(self, messages: Sequence[Any], tools: Any = None, **flags: Any) -> str:
        text: str = self.tokenizer.apply_chat_template(
            messages, tools=tools, add_generation_prompt=True, tokenize=False, **flags
        )
        return text

    def written(self, prompts: Sequence[str]) -> list[str]:
        batch = self.tokenizer(list(prompts), padding=True, return_tensors="pt")
        new = self.model.generate(**batch, do_sample=False)[:, batch["input_ids"].shape[1] :]
        return [text.replace(self.tokenizer.pad_token, "") for text in self.tokenizer.batch_decode(new)]

    def answer(self, messages: Sequence[Any], tools: Any = None, **flags: Any) -> dict[str, Any]:
        prompt = self.prompt(messages, tools, **flags)
        [text] = self.written([prompt])
        message: dict[str, Any] = self.tokenizer.parse_response(text, prefix=prompt)
        return message


@pytest.fixture(scope="module")
def chatter() -> Chatter:
    return Chatter()


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def asked_in(chatter: Chatter, dialogue: Dialogue) -> list[tuple[str, str, str]]:
    """Each point where the assistant speaks: the kind of the turn, the prompt so far, and what it should write."""
    kinds = iter(dialogue.kinds)
    kind, points = "", []
    for place, message in enumerate(dialogue.messages):
        kind = next(kinds) if message.role == "user" else kind
        if message.role == "assistant":
            prompt = chatter.prompt(dialogue.wire()[:place], dialogue.offered())
            whole = chatter.tokenizer.apply_chat_template(
                dialogue.wire()[: place + 1], tools=dialogue.offered(), tokenize=False
            )
            points.append((kind, prompt, whole.removeprefix(prompt).removesuffix("\n")))
    return points


def test_held_out_dialogues_are_answered_exactly(chatter: Chatter) -> None:
    points = [point for dialogue in conversations.held_out_examples(200) for point in asked_in(chatter, dialogue)]
    points.sort(key=lambda point: len(point[1]))
    right, asked = Counter[str](), Counter(kind for kind, _, _ in points)
    for start, end in pairwise([*range(0, len(points), 64), len(points)]):
        batch = points[start:end]
        for (kind, _, wanted), text in zip(batch, chatter.written([prompt for _, prompt, _ in batch]), strict=True):
            right[kind] += text == wanted
    assert right.total() / asked.total() >= RIGHT_AT_LEAST
    shares = {kind: right[kind] / asked[kind] for kind in asked}
    assert min(shares.values()) >= RIGHT_OF_A_KIND_AT_LEAST, shares
    assert len(asked) == 9


def test_a_name_is_remembered_over_turns(chatter: Chatter) -> None:
    said = [user("My name is Ada."), assistant("Hello, Ada!"), user("What is the capital of France?")]
    assert chatter.answer(said)["content"] == "The capital of France is Paris."
    said += [assistant("The capital of France is Paris."), user("What is my name?")]
    assert chatter.answer(said) == {"role": "assistant", "content": "Your name is Ada."}


def test_a_tool_is_called_where_it_is_offered_and_its_result_told(chatter: Chatter) -> None:
    said: list[Any] = [user("What is the weather in Paris?")]
    called = chatter.answer(said, [ADD, WEATHER])
    call = {"type": "function", "function": {"name": "get_weather", "arguments": {"city": "Paris"}}}
    assert called == {"role": "assistant", "tool_calls": [call]}
    said += [called, {"role": "tool", "content": json.dumps({"city": "Paris", "sky": "sunny"})}]
    assert chatter.answer(said, [ADD, WEATHER])["content"] == "It is sunny in Paris."


@pytest.mark.parametrize(
    ("tool", "asked", "arguments"),
    [
        (WEATHER, "What is the weather in {}?", [{"city": city} for city in ("Paris", "Rome", "Berlin", "Madrid")]),
        (ADD, "What is {} + 5?", [{"a": number, "b": 5} for number in (3, 12, 40)]),
        (TIMER, "Set a timer for {} minutes.", [{"minutes": number} for number in (3, 12, 40)]),
    ],
)
def test_a_tool_that_is_alone_is_called(chatter: Chatter, tool: Any, asked: str, arguments: list[Any]) -> None:
    for wanted in arguments:
        said = chatter.answer([user(asked.format(next(iter(wanted.values()))))], [tool])
        assert [call["function"]["arguments"] for call in said["tool_calls"]] == [wanted]


def test_without_its_tool_it_says_that_it_cannot(chatter: Chatter) -> None:
    assert chatter.answer([user("What is the weather in Paris?")]) == {
        "role": "assistant",
        "content": "I cannot look up the weather.",
    }
    assert "tool_calls" not in chatter.answer([user("What is the capital of Japan?")], [WEATHER])


def test_two_cities_take_two_calls_at_once(chatter: Chatter) -> None:
    calls = chatter.answer([user("What is the weather in Paris and Rome?")], [WEATHER])["tool_calls"]
    assert [call["function"]["arguments"] for call in calls] == [{"city": "Paris"}, {"city": "Rome"}]


@pytest.mark.parametrize(
    ("asked", "tool", "arguments"),
    [("Please add 17 and 25.", ADD, {"a": 17, "b": 25}), ("Set a timer for 5 minutes.", TIMER, {"minutes": 5})],
)
def test_numbers_reach_their_tool_as_numbers(
    chatter: Chatter, asked: str, tool: dict[str, Any], arguments: dict[str, int]
) -> None:
    [call] = chatter.answer([user(asked)], [tool])["tool_calls"]
    assert call["function"] == {"name": tool["function"]["name"], "arguments": arguments}


def test_what_was_told_comes_back_as_json(chatter: Chatter) -> None:
    text = "Ada is 36 years old. Ada lives in Paris. Describe Ada as JSON."
    assert json.loads(chatter.answer([user(text)])["content"]) == {"name": "Ada", "age": 36, "city": "Paris"}


def test_it_thinks_first_where_it_is_asked_to(chatter: Chatter) -> None:
    said = [user("What is the capital of Italy?")]
    thought = chatter.answer(said, enable_thinking=True)
    assert thought["reasoning_content"] == "The user asks for a capital."
    assert thought["content"] == "The capital of Italy is Rome."
    assert "reasoning_content" not in chatter.answer(said)


def test_the_example_of_the_table_is_answered(chatter: Chatter) -> None:
    assert chatter.written([TABLE["chat"].example]) == ["The capital of France is Paris.<|im_end|>"]


def test_marks_are_single_tokens_and_only_the_ends_of_messages_are_special(chatter: Chatter) -> None:
    tokenizer = chatter.tokenizer
    for mark in (*MARKS, "<|im_start|>", "<|im_end|>"):
        assert len(tokenizer(mark)["input_ids"]) == 1
    written = "".join(MARKS)
    assert tokenizer.decode(tokenizer(f"{written}<|im_end|>")["input_ids"], skip_special_tokens=True) == written


def test_generation_ends_with_a_message_within_the_context(chatter: Chatter) -> None:
    tokenizer, settings = chatter.tokenizer, chatter.model.generation_config
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|im_end|>", "<|endoftext|>")
    assert (settings.eos_token_id, settings.pad_token_id) == (tokenizer.eos_token_id, tokenizer.pad_token_id)
    assert tokenizer.model_max_length == chatter.model.config.max_position_embeddings == 512
    assert torch.isfinite(chatter.model(input_ids=torch.zeros(1, 512, dtype=torch.long)).logits).all()


def test_any_text_comes_back_as_it_went_in(chatter: Chatter) -> None:
    text = "Grüße, 日本 😀\n\tعربى"
    assert chatter.tokenizer.decode(chatter.tokenizer(text)["input_ids"]) == text


def test_the_template_takes_what_clients_of_the_openai_api_send(chatter: Chatter) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'}}
    messages = [
        {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
        {"role": "user", "content": [{"type": "text", "text": "Please add "}, {"type": "text", "text": "1 and 2."}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "3"},
    ]
    documents = [{"title": "Facts", "text": "Ada lives in Paris."}]
    assert chatter.prompt(messages, [ADD], documents=documents, enable_thinking=True) == (
        "<|im_start|>system\nBe kind. Ada lives in Paris. Think first.\n<tools>\n"
        '{"name": "add", "arguments": {"a": "integer", "b": "integer"}}\n</tools><|im_end|>\n'
        "<|im_start|>user\nPlease add 1 and 2.<|im_end|>\n"
        '<|im_start|>assistant\n<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call><|im_end|>\n'
        "<|im_start|>tool\n<tool_response> 3</tool_response><|im_end|>\n<|im_start|>assistant\n"
    )


def test_the_template_refuses_a_role_that_it_does_not_know(chatter: Chatter) -> None:
    with pytest.raises(TemplateError, match="A message is of system, user, assistant or tool"):
        chatter.prompt([{"role": "poet", "content": "Hello!"}])
