"""Chats with OpenAI's own client, whose types read every reply."""

import json
from collections import defaultdict
from typing import Any

import openai
import pytest

from tests.ingress.openai.conftest import said, told

TOOLS: list[Any] = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}]
CALL = '<tool_call>{"name": "add", "arguments": {"a": %d}}</tool_call>'
SHOWN = f"tools: {json.dumps(TOOLS)}\n"


def test_an_answer(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(model="echo", messages=told("hé"))
    [choice] = reply.choices
    assert (choice.message.role, choice.message.content, choice.message.refusal) == ("assistant", said("hé"), None)
    assert (choice.index, choice.finish_reason, choice.logprobs, choice.message.tool_calls) == (0, "stop", None, None)
    assert reply.usage is not None
    read = len(said("hé").encode())
    counted = reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens
    assert counted == (read, read + 1, 2 * read + 1)
    assert (reply.object, reply.model, reply.id[:9]) == ("chat.completion", "echo", "chatcmpl-")
    assert reply.created > 1_700_000_000
    assert reply.system_fingerprint is not None and reply.system_fingerprint.startswith("fp_")


async def test_the_same_asynchronously_and_as_a_stream(url: str) -> None:
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        whole = await client.chat.completions.create(model="echo", messages=told("hi"))
        stream = await client.chat.completions.create(model="echo", messages=told("hi"), stream=True)
        chunks = [chunk async for chunk in stream]
    assert whole.choices[0].message.content == said("hi")
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == said("hi")
    assert {(chunk.id, chunk.created, chunk.system_fingerprint) for chunk in chunks} == {
        (chunks[0].id, chunks[0].created, whole.system_fingerprint)
    }
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}


def test_a_stream_has_its_parts_in_order(client: openai.OpenAI) -> None:
    options: Any = {"include_usage": True}
    stream = client.chat.completions.create(model="echo", messages=told("hi"), stream=True, stream_options=options)
    first, *pieces, end, numbers = list(stream)
    assert first.choices[0].delta.role == "assistant" and first.choices[0].delta.content == ""
    assert all(piece.choices[0].delta.content and not piece.choices[0].finish_reason for piece in pieces)
    assert (end.choices[0].finish_reason, end.choices[0].delta.content) == ("stop", None)
    assert all(chunk.usage is None for chunk in (first, *pieces, end))
    assert numbers.choices == [] and numbers.usage is not None
    size = len(said("hi"))
    assert (numbers.usage.prompt_tokens, numbers.usage.completion_tokens) == (size, size + 1)


def test_several_answers_come_mixed_in_a_stream(client: openai.OpenAI) -> None:
    texts: defaultdict[int, str] = defaultdict(str)
    ends = {}
    for chunk in client.chat.completions.create(model="echo", messages=told("hi"), n=3, stream=True, max_tokens=9):
        [choice] = chunk.choices
        texts[choice.index] += choice.delta.content or ""
        if choice.finish_reason:
            ends[choice.index] = choice.finish_reason
    assert texts == dict.fromkeys(range(3), said("hi")[:9])
    assert ends == dict.fromkeys(range(3), "length")
    reply = client.chat.completions.create(model="echo", messages=told("hi"), n=3, max_completion_tokens=9)
    assert [(each.index, each.message.content) for each in reply.choices] == [*texts.items()]
    assert reply.usage is not None and reply.usage.completion_tokens == 27


@pytest.mark.parametrize("parallel", [True, False])
def test_calls(client: openai.OpenAI, parallel: bool) -> None:
    asked: Any = {"model": "echo", "messages": told(CALL % 1 + CALL % 2), "tools": TOOLS}
    reply = client.chat.completions.create(**asked, parallel_tool_calls=parallel)
    [choice] = reply.choices
    expected = [{"a": 1}, {"a": 2}][: 2 if parallel else 1]
    assert choice.finish_reason == "tool_calls" and choice.message.tool_calls is not None
    calls: list[Any] = list(choice.message.tool_calls)
    assert [json.loads(call.function.arguments) for call in calls] == expected
    assert all(call.type == "function" and call.function.name == "add" for call in calls)
    assert len({call.id for call in calls}) == len(calls) and calls[0].id.startswith("call_")
    content = choice.message.content
    assert content is not None and "<tool_call>" not in content and content.startswith(SHOWN)
    assert content.endswith("assistant:") == parallel, "nothing is written behind the only call"

    chunks: Any = list(client.chat.completions.create(**asked, parallel_tool_calls=parallel, stream=True))
    parts = [part for chunk in chunks for part in chunk.choices[0].delta.tool_calls or ()]
    assert [(part.index, json.loads(part.function.arguments)) for part in parts] == [*enumerate(expected)]
    assert chunks[-1].choices[0].finish_reason == "tool_calls"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == content


def test_a_conversation_goes_on_after_a_call(client: openai.OpenAI) -> None:
    first = client.chat.completions.create(model="echo", messages=told(CALL % 1), tools=TOOLS)
    message = first.choices[0].message
    assert message.tool_calls is not None
    result: Any = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "three"}
    messages: Any = [*told("add"), message, result]
    reply = client.chat.completions.create(model="echo", messages=messages)
    content = reply.choices[0].message.content
    assert content is not None and content.endswith("tool: three\nassistant:")
    assert '"arguments": {"a": 1}' in content


def test_which_functions_may_be_called(client: openai.OpenAI) -> None:
    other: Any = {"type": "function", "function": {"name": "other"}}
    asked: Any = {"model": "echo", "messages": told("x"), "tools": [*TOOLS, other]}

    def shown(choice: Any) -> str:
        return client.chat.completions.create(**asked, tool_choice=choice).choices[0].message.content or ""

    assert shown("none") == said("x")
    assert '"other"' in shown("auto")
    allowed = {"mode": "auto", "tools": [{"type": "function", "function": {"name": "add"}}]}
    assert shown({"type": "allowed_tools", "allowed_tools": allowed}) == SHOWN + said("x")


def test_a_call_that_is_demanded(client: openai.OpenAI) -> None:
    parameters = {
        "type": "object",
        "properties": {"a": {"enum": [1, 2]}},
        "required": ["a"],
        "additionalProperties": False,
    }
    tools: Any = [{"type": "function", "function": {"name": "add", "parameters": parameters}}]
    named: Any = {"type": "function", "function": {"name": "add"}}
    for choice in ("required", named):
        reply = client.chat.completions.create(
            model="small", messages=told("x"), tools=tools, tool_choice=choice, max_tokens=60
        )
        message = reply.choices[0].message
        assert (message.content, reply.choices[0].finish_reason) == (None, "tool_calls")
        [call] = message.tool_calls or []
        assert call.type == "function" and call.function.name == "add"
        assert json.loads(call.function.arguments) in ({"a": 1}, {"a": 2})


def test_likely_tokens_of_a_real_model(client: openai.OpenAI) -> None:
    asked: Any = {"model": "small", "messages": told("hi"), "max_tokens": 12, "logprobs": True, "top_logprobs": 3}
    [choice] = client.chat.completions.create(**asked).choices
    assert choice.logprobs is not None and choice.logprobs.content is not None
    content = choice.logprobs.content
    assert "".join(token.token for token in content) == choice.message.content
    assert bytes(byte for token in content for byte in token.bytes or ()).decode() == choice.message.content
    for token in content:
        assert len(token.top_logprobs) == 3
        assert token.logprob == pytest.approx(token.top_logprobs[0].logprob)  # greedy takes the likeliest
        assert [top.logprob for top in token.top_logprobs] == sorted(top.logprob for top in token.top_logprobs)[::-1]
    streamed: list[Any] = []
    for chunk in client.chat.completions.create(**asked, stream=True):
        if chunk.choices[0].logprobs:
            streamed += chunk.choices[0].logprobs.content or []
    assert [(token.token, token.logprob) for token in streamed] == [(token.token, token.logprob) for token in content]


def test_a_seed_repeats_an_answer(client: openai.OpenAI) -> None:
    def drawn(seed: int) -> str | None:
        reply = client.chat.completions.create(
            model="small", messages=told("hi"), max_tokens=12, temperature=1.5, seed=seed, logit_bias={"70": 1}
        )
        return reply.choices[0].message.content

    assert drawn(-7) == drawn(-7) != drawn(8)


def test_an_answer_in_the_form_that_was_asked_for(client: openai.OpenAI) -> None:
    schema = {
        "type": "object",
        "properties": {"fine": {"type": "boolean"}},
        "required": ["fine"],
        "additionalProperties": False,
    }
    formats: list[Any] = [
        {"type": "json_schema", "json_schema": {"name": "mood", "schema": schema, "strict": True}},
        {"type": "json_object", "value": schema},
        {"type": "regex", "value": r'\{"fine": (true|false)\}'},
        {"type": "choice", "value": ['{"fine": true}', '{"fine": false}']},
    ]
    for form in formats:
        reply = client.chat.completions.create(
            model="small", messages=told("hi"), max_tokens=60, response_format=form, temperature=1, seed=1
        )
        content = reply.choices[0].message.content
        assert content is not None and json.loads(content) in ({"fine": True}, {"fine": False}), form


def test_the_client_s_own_helpers(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="echo", messages=told("hi")) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= set(kinds)
    assert final.choices[0].message.content == said("hi")
