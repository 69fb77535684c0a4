"""Conversations become prompts by the model's own template, and by nothing else."""

import time
from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import AppError, InputTooLong, InvalidInput
from serve_app.replica.grammars import rules
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.chat.exchange import Exchange
from tests.served_model import ServedModel
from tests.tiny_models.chat import BEGIN, TEMPLATE, chat_tokenizer

USER = {"role": "user", "content": "hi"}
ADD = {"name": "add", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}
TOOLS = [{"type": "function", "function": ADD}, {"type": "function", "function": {"name": "now"}}]
ONE_TOOL = TOOLS[1:]


def kit(template: Any = TEMPLATE) -> Kit:
    tokenizer = chat_tokenizer()
    tokenizer.chat_template = template
    return Kit(tokenizer, 512, 512)


def prompt(*messages: Any, by: Any = TEMPLATE, **chat: Any) -> str:
    return Exchange({"messages": list(messages), **chat}, kit(by)).prompt()


def test_every_role_and_part_stands_in_the_prompt() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    assert prompt(
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
        {"role": "assistant", "reasoning_content": "hm", "tool_calls": [call]},
        {"role": "tool", "content": "2", "tool_call_id": "1"},
        tools=ONE_TOOL,
        documents=[{"title": "T", "text": "words"}],
    ) == (
        '<|begin|><|im_start|>system\n{"name": "now"}\n'
        'Call like <tool_call>{"name": ..., "arguments": ...}</tool_call>.<|im_end|>\n'
        "<|im_start|>document\nT: words<|im_end|>\n"
        "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\none\ntwo<|im_end|>\n"
        "<|im_start|>assistant\n<think>hm</think>"
        '<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call><|im_end|>\n'
        "<|im_start|>tool\n2<|im_end|>\n<|im_start|>assistant\n"
    )


def test_special_tokens_come_once(folders: dict[str, Path]) -> None:
    served = ServedModel(folders["chat"], "text-generation")
    tokenizer = served.kit.tokenizer
    chat, text = served.rows(served.items([{"messages": [USER]}, "hi"], [{}] * 2))
    expected = tokenizer.apply_chat_template([USER], add_generation_prompt=True, tokenize=True, return_dict=False)
    assert chat.arrays["input_ids"].tolist() == expected
    assert expected.count(tokenizer.convert_tokens_to_ids(BEGIN)) == 1
    assert text.arrays["input_ids"].tolist() == tokenizer("hi")["input_ids"]


def test_the_last_message_can_be_continued() -> None:
    begun = {"role": "assistant", "content": "The answer"}
    assert prompt(USER, begun, **{"continue": True}).endswith("<|im_start|>assistant\nThe answer")
    with pytest.raises(InvalidInput, match="nothing can be continued") as raised:
        prompt(USER, **{"continue": True})
    assert raised.value.field == "continue"


def test_variables_reach_the_template() -> None:
    assert prompt(USER, template={"enable_thinking": True}).endswith("assistant\n<think>")
    assert prompt(USER, template={"enable_thinking": False}).endswith("assistant\n")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("chat_template", "{{ 1 }}"),
        ("messages", []),
        ("tokenize", True),
        ("bos_token", "x"),
        ("add_generation_prompt", False),
        ("not a name", 1),
        ("unknown", 1),
    ],
)
def test_other_variables_are_refused(name: str, value: Any) -> None:
    text = TEMPLATE + "{# chat_template tokenize #}"
    with pytest.raises(InvalidInput) as raised:
        Exchange({"messages": [USER], "template": {name: value}}, kit(text)).prompt()
    assert raised.value.field == ("template.unknown" if name == "unknown" else "template")


def test_a_model_without_a_template_cannot_chat() -> None:
    with pytest.raises(InvalidInput, match="this model has no chat template, so it cannot chat: send a text") as raised:
        prompt(USER, by=None)
    assert raised.value.field == "messages"


def test_a_template_of_its_own_for_tools() -> None:
    templates = {"default": "plain {{ messages[0].content }}", "tool_use": "{{ tools[0].function.name }} <tool_call>"}
    assert prompt(USER, by=templates) == "plain hi"
    assert prompt(USER, by=templates, tools=TOOLS) == "add <tool_call>"
    with pytest.raises(InvalidInput, match="none of them is its default"):
        prompt(USER, by={"one": "", "other": ""})


@pytest.mark.parametrize(("field", "value"), [("tools", TOOLS), ("documents", [{"title": "a"}])])
def test_what_the_template_would_not_read_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match="the model's chat template does not read this") as raised:
        prompt(USER, by="{{ messages[0].content }}", **{field: value})
    assert raised.value.field == field


def test_tools_can_be_left_out() -> None:
    assert prompt(USER, tools=TOOLS, tool_choice="none") == prompt(USER)


@pytest.mark.parametrize("arguments", ["no json", "[1]", "[" * 100_000])
def test_arguments_of_earlier_calls_are_objects(arguments: str) -> None:
    call = {"function": {"name": "add", "arguments": arguments}}
    with pytest.raises(InvalidInput, match="must be the text of a JSON object") as raised:
        prompt(USER, {"role": "assistant", "tool_calls": [call]})
    assert raised.value.field == "messages[1].tool_calls[0].function.arguments"


NESTED = "{% for a in range(100000) %}"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ raise_exception('Roles must alternate.') }}", "refuses this conversation: Roles must alternate."),
        ("{{ raise_exception('x' * 10000) }}", "refuses this conversation: x{300}$"),
        ("{{ messages[0].never.there }}", r"cannot render this conversation \(UndefinedError\)"),
        ("{{ messages.__class__.__mro__ }}", r"\(SecurityError\)"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", r"\(SecurityError\)"),
        ("{% set _ = messages.append(1) %}", r"\(SecurityError\)"),
        ("{{ messages[0]['content'] = 1 }}", r"\(TemplateSyntaxError\)"),
        ("{% for a in range(10**9) %}a{% endfor %}", r"\(OverflowError\)"),
        (NESTED * 3 + "{% endfor %}" * 3, "takes longer than 1 s"),
        (NESTED * 2 + "{{ a }}" + "{% endfor %}" * 2, "takes longer than 1 s"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", r"\(RecursionError\)"),
    ],
)
def test_a_hostile_template_is_refused_in_time(template: str, words: str) -> None:
    began = time.monotonic()
    with pytest.raises(InvalidInput, match=words) as raised:
        prompt(USER, by=template)
    assert raised.value.field == "messages"
    assert time.monotonic() - began < 2


def test_after_a_cut_everything_goes_on() -> None:
    with pytest.raises(InvalidInput, match="takes longer"):
        prompt(USER, by=NESTED * 3 + "{% endfor %}" * 3)
    assert [prompt(USER) for _ in range(20)] == [prompt(USER)] * 20


def test_a_prompt_is_no_longer_than_it_may_be() -> None:
    with pytest.raises(InputTooLong, match="makes a prompt of 5000000 characters, and 4000000 are taken"):
        prompt(USER, by="{{ 'a' * 5000000 }}")


def test_half_a_character_is_no_text() -> None:
    with pytest.raises(InvalidInput, match="half a surrogate pair"):
        prompt({"role": "user", "content": "\ud800"})


@pytest.mark.parametrize(
    ("choice", "names"),
    [("required", {"add", "now"}), ({"type": "function", "function": {"name": "add"}}, {"add"})],
)
def test_a_demanded_call_is_begun_and_has_a_grammar(choice: Any, names: set[str]) -> None:
    exchange = Exchange({"messages": [USER], "tools": TOOLS, "tool_choice": choice}, kit())
    assert exchange.prompt().endswith("<|im_start|>assistant\n<tool_call>\n")
    assert exchange.grammar is not None
    written = {
        "add": '{"name": "add", "arguments": {"a": 5}}',
        "now": '{"name": "now", "arguments": {"any": []}}',
        "": '{"name": "add", "arguments": {"a": "5"}}',
        "never": '{"name": "never", "arguments": {}}',
    }
    assert {name for name, text in written.items() if follows(exchange, text)} == names


def test_schemas_may_refer_to_themselves() -> None:
    schema = {
        "type": "object",
        "properties": {"of": {"$ref": "#/$defs/leaf"}, "in": {"$ref": "#"}},
        "$defs": {"leaf": {"enum": [1]}},
        "additionalProperties": False,
    }
    tools = [{"type": "function", "function": {"name": name, "parameters": schema}} for name in ("f", "g")]
    exchange = Exchange({"messages": [USER], "tools": tools, "tool_choice": "required"}, kit())
    assert follows(exchange, '{"name": "g", "arguments": {"of": 1, "in": {"in": {"of": 1}}}}')
    assert not follows(exchange, '{"name": "g", "arguments": {"of": 2}}')
    assert not follows(exchange, '{"name": "g", "arguments": {"in": {"of": 2}}}')


def follows(exchange: Exchange, text: str) -> bool:
    """Whether a model could write this."""
    from llguidance import LLTokenizer

    assert exchange.grammar is not None
    matcher = rules.matcher(LLTokenizer("byte"), rules.source(*exchange.grammar))
    assert not matcher.is_error(), matcher.get_error()
    return all(matcher.consume_token(byte) for byte in text.encode()) and matcher.is_accepting()


def test_a_demanded_call_ends_thoughts_first() -> None:
    chat = {"messages": [USER], "tools": ONE_TOOL, "tool_choice": "required", "template": {"enable_thinking": True}}
    assert Exchange(chat, kit()).prompt().endswith("<think></think>\n\n<tool_call>\n")


@pytest.mark.parametrize(
    ("template", "tools", "choice", "words"),
    [
        (TEMPLATE, [], "required", "no such function stands in `tools`"),
        (TEMPLATE, TOOLS, {"type": "function", "function": {"name": "never"}}, "no such function stands in `tools`"),
        ("{{ tools }}", TOOLS, "required", "not known how this model writes calls"),
    ],
)
def test_calls_that_cannot_be_demanded(template: str, tools: Any, choice: Any, words: str) -> None:
    with pytest.raises(AppError, match=words) as raised:
        prompt(USER, by=template, tools=tools, tool_choice=choice)
    assert raised.value.field == "tool_choice"
