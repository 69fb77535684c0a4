"""Conversations as callers send them: what is taken, and in which words the rest is refused."""

from collections.abc import Mapping
from typing import Any

import pytest

from serve_app.config.schema import Model
from serve_app.contract import Contract
from serve_app.errors import InvalidInput

CONTRACT = Contract(Model(name="m", hf_model_name="stub", hf_task="text-generation", engine="stub"))
USER = {"role": "user", "content": "hi"}
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}


def checked(**chat: Any) -> Any:
    ([value], single) = CONTRACT.inputs(chat, "inputs")
    assert single
    return value


@pytest.mark.parametrize(
    "chat",
    [
        {"messages": [USER]},
        {"messages": [{"role": "system", "content": ""}, {**USER, "name": "ada"}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]},
        {
            "messages": [
                USER,
                {"role": "assistant", "tool_calls": [CALL]},
                {"role": "tool", "content": "1", "tool_call_id": "1"},
            ]
        },
        {"messages": [{"role": "assistant", "content": "So", "reasoning_content": "hm"}], "continue": True},
        {"messages": [USER], "tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "f"}}},
        {"messages": [USER], "tools": [TOOL], "tool_choice": "required", "documents": [{"title": "a", "text": "b"}]},
        {"messages": [USER], "template": {"enable_thinking": False, "depth": [1, {"a": None}]}},
    ],
    ids=str,
)
def test_conversations_stay_as_they_are(chat: dict[str, Any]) -> None:
    assert checked(**chat) == chat


def test_null_is_the_same_as_absent() -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [CALL], "refusal": None, "audio": None}
    assert checked(messages=[message], tools=None) == {"messages": [{"role": "assistant", "tool_calls": [CALL]}]}


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def with_parameters(parameters: Any) -> dict[str, Any]:
    return {"messages": [USER], "tools": [{"type": "function", "function": {"name": "f", "parameters": parameters}}]}


@pytest.mark.parametrize(
    ("chat", "field", "words"),
    [
        ({}, "inputs.messages", "is missing"),
        ({"messages": []}, "inputs.messages", "at least 1 item"),
        ({"messages": USER}, "inputs.messages", "must be a list"),
        ({"messages": [USER] * 1001}, "inputs.messages", "at most 1000 items"),
        ({"messages": [USER, 5]}, "inputs.messages[1]", "must be"),
        ({"messages": [USER] * 3 + [{"role": "user", "content": 5}]}, "inputs.messages[3].content", "must be a string"),
        ({"messages": [{"role": "user"}]}, "inputs.messages[0]", "must have `content`"),
        ({"messages": [{"role": "robot", "content": ""}]}, "inputs.messages[0].role", "'system', 'developer', 'user'"),
        ({"messages": [{**USER, "extra": 1}]}, "inputs.messages[0].extra", "is not a field of this input"),
        ({"messages": [{**USER, "tool_calls": [CALL]}]}, "inputs.messages[0]", "only the role `assistant`"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "inputs.messages[0].content[0].type",
            "'text'",
        ),
        ({"messages": [{"role": "user", "content": []}]}, "inputs.messages[0].content", "at least 1 item"),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": 5}}]}]},
            "inputs.messages[0].tool_calls[0].function.arguments",
            "must be a string",
        ),
        ({"messages": [USER], "tools": [TOOL] * 129}, "inputs.tools", "at most 128 items"),
        ({"messages": [USER], "tools": [{"type": "function"}]}, "inputs.tools[0].function", "is missing"),
        (
            {"messages": [USER], "tools": [{"type": "function", "function": {"name": "a b"}}]},
            "inputs.tools[0].function.name",
            "pattern",
        ),
        (with_parameters([]), "inputs.tools[0].function.parameters", "must be an object"),
        (with_parameters(nested(33)), "inputs.tools[0].function.parameters", "nested more than 32 deep"),
        (with_parameters({"a": [0] * 20_001}), "inputs.tools[0].function.parameters", "more than 20000 parts"),
        (with_parameters({"a": float("nan")}), "inputs.tools[0].function.parameters", "without NaN"),
        (with_parameters({"a": {1: 2}}), "inputs.tools[0].function.parameters", "every name is a string"),
        (with_parameters({"a": {1, 2}}), "inputs.tools[0].function.parameters", "must be JSON"),
        ({"messages": [USER], "tool_choice": "maybe"}, "inputs.tool_choice", "'auto', 'none' or 'required'"),
        (
            {"messages": [USER], "tool_choice": {"type": "function", "function": {}}},
            "inputs.tool_choice.function.name",
            "is missing",
        ),
        ({"messages": [USER], "documents": ["a"]}, "inputs.documents[0]", "must be an object"),
        ({"messages": [USER], "documents": [{}] * 1001}, "inputs.documents", "at most 1000 items"),
        ({"messages": [USER], "template": {"a": object()}}, "inputs.template", "must be JSON"),
        ({"messages": [USER], "continue": 1}, "inputs.continue", "must be true or false"),
        ({"messages": [USER], "chat_template": "{{ 1 }}"}, "inputs.chat_template", "is not a field of this input"),
    ],
)
def test_faults_name_their_place(chat: Mapping[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        checked(**chat)
    assert raised.value.field == field
    assert f"`{field}`" in raised.value.message
    assert words in raised.value.message


def test_the_deepest_that_is_taken() -> None:
    chat = with_parameters(nested(32))
    assert checked(**chat) == chat
    assert checked(**with_parameters({"a": [0] * 19_999}))


def test_texts_are_still_texts() -> None:
    assert CONTRACT.inputs(["a", {"messages": [USER]}], "inputs") == (["a", {"messages": [USER]}], False)
    with pytest.raises(InvalidInput, match=r"`inputs\[1\]` must be a string"):
        CONTRACT.inputs(["a", 5], "inputs")
