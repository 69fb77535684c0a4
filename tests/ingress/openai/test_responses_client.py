"""Responses with OpenAI's own client, whose types read every reply."""

import json
from typing import Any

import openai
import pytest
from openai.types.responses import Response

from tests.ingress.openai.conftest import said

TOOLS: list[Any] = [{"type": "function", "name": "add", "parameters": {"type": "object"}, "strict": False}]
IN_CHAT = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}, "strict": False}}]
SHOWN = f"tools: {json.dumps(IN_CHAT)}\n"
CALL = '<tool_call>{"name": "add", "arguments": {"a": %d}}</tool_call>'
OTHER: dict[str, Any] = {"type": "function", "name": "other", "parameters": None, "strict": None}


def test_an_answer(client: openai.OpenAI) -> None:
    reply = client.responses.create(model="echo", input="hé")
    Response.model_validate(reply.to_dict())
    assert reply.output_text == said("hé")
    [item] = reply.output
    assert item.type == "message" and (item.role, item.status) == ("assistant", "completed")
    [part] = item.content
    assert part.type == "output_text" and (part.annotations, part.logprobs) == ([], [])
    assert item.id.startswith("msg_") and reply.id.startswith("resp_")
    assert (reply.object, reply.model, reply.status, reply.error) == ("response", "echo", "completed", None)
    assert reply.incomplete_details is None and reply.previous_response_id is None
    read = len(said("hé").encode())
    assert reply.usage is not None
    assert (reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.total_tokens) == (
        read, read + 1, 2 * read + 1,
    )  # fmt: skip
    assert reply.usage.output_tokens_details.reasoning_tokens == 0
    assert reply.usage.input_tokens_details.cached_tokens == 0
    assert 1_700_000_000 < reply.created_at <= (reply.completed_at or 0)
    assert reply.to_dict()["store"] is False
    assert (reply.parallel_tool_calls, reply.tool_choice, reply.tools) == (True, "auto", [])
    assert (reply.metadata, reply.truncation, reply.service_tier) == ({}, "disabled", "default")


async def test_the_same_asynchronously_and_as_a_stream(url: str) -> None:
    async with openai.AsyncOpenAI(base_url=f"{url}/models/echo/v1", api_key="none", max_retries=0) as client:
        whole = await client.responses.create(input="hi")
        stream = await client.responses.create(input="hi", stream=True)
        events = [event async for event in stream]
    assert whole.output_text == said("hi")
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == said("hi")
    assert whole.model == "echo"


def test_the_settings_come_back(client: openai.OpenAI) -> None:
    asked: dict[str, Any] = {
        "instructions": "Be brief.",
        "max_output_tokens": 300,
        "max_tool_calls": 3,
        "metadata": {"a": "b"},
        "parallel_tool_calls": False,
        "prompt_cache_key": "key",
        "safety_identifier": "somebody",
        "temperature": 0.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "none",
        "tools": TOOLS,
        "top_p": 0.5,
        "truncation": "disabled",
        "user": "me",
    }
    others: dict[str, Any] = {
        "store": False,
        "background": False,
        "service_tier": "auto",
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"effort": None, "summary": "auto"},
        "prompt_cache_retention": "24h",
        "prompt_cache_options": {"mode": "implicit"},
        "previous_response_id": None,
        "conversation": None,
        "stream_options": None,
    }
    reply = client.responses.create(model="stub/echo", input="hi", **asked, **others)
    told = reply.to_dict()
    assert {name: told[name] for name in asked} == asked
    assert told["model"] == "stub/echo"
    assert reply.output_text == f"system: Be brief.\n{said('hi')}"


def test_an_answer_that_is_cut(client: openai.OpenAI) -> None:
    reply = client.responses.create(model="echo", input="hi", max_output_tokens=4)
    assert (reply.output_text, reply.status) == ("user", "incomplete")
    assert reply.incomplete_details is not None and reply.incomplete_details.reason == "max_output_tokens"
    assert reply.output[0].to_dict()["status"] == "incomplete"
    assert reply.completed_at is None and reply.usage is not None and reply.usage.output_tokens == 4
    *_, last = client.responses.create(model="echo", input="hi", max_output_tokens=4, stream=True)
    assert last.type == "response.incomplete"
    assert (last.response.output_text, last.response.status) == ("user", "incomplete")


def test_a_conversation_that_is_too_long_loses_its_oldest_turns(client: openai.OpenAI) -> None:
    turns: list[Any] = [
        {"role": role, "content": f"{number:04} {'.' * 190}"} for number in range(40) for role in ("user", "assistant")
    ]
    asked: Any = {"model": "echo", "instructions": "Stay.", "input": [*turns, {"role": "user", "content": "last"}]}
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(**asked, truncation="disabled", max_output_tokens=400)
    assert (refused.value.code, refused.value.param) == ("context_length_exceeded", "input")
    reply: Response = client.responses.create(**asked, truncation="auto", max_output_tokens=1000)
    assert reply.usage is not None and reply.truncation == "auto"
    # 4096 tokens, which are bytes here: 1000 are for the answer, and one turn more of 411 would not fit.
    assert 3096 - 411 < reply.usage.input_tokens <= 3096
    assert reply.output_text.startswith("system: Stay.\nuser: 0033 ...")
    alone: Response = client.responses.create(**{**asked, "input": "a" * 200}, truncation="auto")
    assert alone.output_text.endswith("a" * 200 + "\nassistant:")
    with pytest.raises(openai.BadRequestError, match="4096"):
        client.responses.create(**{**asked, "input": "a" * 5000}, truncation="auto")


def test_items_of_every_kind_make_a_conversation(client: openai.OpenAI) -> None:
    items: list[Any] = [
        {"role": "developer", "content": "Add."},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "1 and 2"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]},
        {"type": "function_call", "call_id": "c1", "name": "add", "arguments": '{"a": 1}', "status": "completed"},
        {"type": "function_call_output", "call_id": "c1", "output": "three"},
        {"role": "assistant", "content": "3"},
        {"role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]},
    ]
    reply = client.responses.create(model="echo", input=items)
    expected = [
        "system: Add.",
        "user: 1 and 2",
        'assistant: <tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>',
        "tool: three",
        "assistant: 3",
        "user: a\nb",
        "assistant:",
    ]
    assert reply.output_text == "\n".join(expected)


@pytest.mark.parametrize("parallel", [True, False])
def test_calls(client: openai.OpenAI, parallel: bool) -> None:
    asked: Any = {"model": "echo", "input": CALL % 1 + CALL % 2, "tools": TOOLS, "parallel_tool_calls": parallel}
    reply = client.responses.create(**asked)
    message, *calls = reply.output
    expected = [{"a": 1}, {"a": 2}][: 2 if parallel else 1]
    assert message.type == "message"
    assert reply.output_text.startswith(SHOWN) and "<tool_call>" not in reply.output_text
    told = [call for call in calls if call.type == "function_call"]
    assert (
        [json.loads(call.arguments) for call in told] == expected == [{"a": call} for call in range(1, len(calls) + 1)]
    )
    assert all((call.name, call.status) == ("add", "completed") for call in told)
    assert all(call.call_id.startswith("call_") and (call.id or "").startswith("fc_") for call in told)
    assert len({call.call_id for call in told}) == len({call.id for call in told}) == len(expected)
    assert reply.status == "completed"


def test_what_came_back_can_be_sent_again(client: openai.OpenAI) -> None:
    first = client.responses.create(model="echo", input=CALL % 1, tools=TOOLS)
    [_, call] = first.output
    assert call.type == "function_call"
    items: list[Any] = [{"role": "user", "content": "add"}, *first.output]
    items.append({"type": "function_call_output", "call_id": call.call_id, "output": "three"})
    content = client.responses.create(model="echo", input=items).output_text
    assert content.startswith("user: add\nassistant: tools: ")
    assert content.endswith('<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>\ntool: three\nassistant:')


def test_which_functions_may_be_called(client: openai.OpenAI) -> None:
    asked: Any = {"model": "echo", "input": "x", "tools": [*TOOLS, OTHER]}

    def shown(choice: Any) -> str:
        reply: Response = client.responses.create(**asked, tool_choice=choice)
        assert reply.to_dict()["tool_choice"] == choice
        return reply.output_text

    assert shown("none") == said("x")
    assert '"other"' in shown("auto")
    assert shown({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "add"}]}) == (
        SHOWN + said("x")
    )
    assert client.responses.create(model="echo", input="x", tools=[], tool_choice="auto").output_text == said("x")


def test_a_demanded_call_of_a_real_model(client: openai.OpenAI) -> None:
    schema = {
        "type": "object",
        "properties": {"fine": {"type": "boolean"}},
        "required": ["fine"],
        "additionalProperties": False,
    }
    tool: Any = {"type": "function", "name": "tell", "parameters": schema, "strict": True}
    asked: Any = {"model": "small", "input": "hi", "tools": [tool], "max_output_tokens": 80, "temperature": 1}
    for choice in ("required", {"type": "function", "name": "tell"}):
        reply = client.responses.create(**{**asked, "tool_choice": choice})
        [call] = reply.output
        assert call.type == "function_call" and call.name == "tell"
        assert json.loads(call.arguments) in ({"fine": True}, {"fine": False})
        assert reply.output_text == ""


def test_an_answer_in_the_form_that_was_asked_for(client: openai.OpenAI) -> None:
    schema = {"type": "object", "properties": {"fine": {"type": "boolean"}}, "required": ["fine"]}
    format: Any = {"type": "json_schema", "name": "mood", "schema": schema | {"additionalProperties": False}}
    asked: Any = {"model": "small", "input": "hi", "max_output_tokens": 60, "text": {"format": format}}
    reply = client.responses.create(**asked)
    assert json.loads(reply.output_text) in ({"fine": True}, {"fine": False})
    assert reply.text is not None and reply.text.format is not None
    assert reply.text.format.to_dict() == format


def test_likely_tokens_of_a_real_model(client: openai.OpenAI) -> None:
    include: Any = ["message.output_text.logprobs"]
    asked: Any = {"model": "small", "input": "hi", "max_output_tokens": 12, "include": include, "top_logprobs": 3}
    reply = client.responses.create(**asked)
    [item] = reply.output
    assert item.type == "message" and item.content[0].type == "output_text"
    tokens = item.content[0].logprobs
    assert tokens is not None and reply.top_logprobs == 3
    assert "".join(token.token for token in tokens) == reply.output_text
    assert bytes(byte for token in tokens for byte in token.bytes).decode() == reply.output_text
    for token in tokens:
        assert len(token.top_logprobs) == 3
        assert token.logprob == pytest.approx(token.top_logprobs[0].logprob)  # greedy takes the likeliest
    streamed: list[Any] = []
    for event in client.responses.create(**asked, stream=True):
        if event.type == "response.output_text.delta":
            streamed += event.logprobs
    assert [(token.token, token.logprob) for token in streamed] == [(token.token, token.logprob) for token in tokens]
