"""`chat_completion` of `huggingface_hub`, sync and async, and what its JavaScript sister sends."""

import json
from typing import Any

import httpx
import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient

from tests.ingress.openai.conftest import said, told

TOOLS: list[Any] = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}]


def test_an_answer_and_a_stream(url: str) -> None:
    client = InferenceClient(model=f"{url}/models/echo")
    reply = client.chat_completion(told("hé"), max_tokens=40, seed=1, temperature=0.5, logprobs=True, top_logprobs=1)
    assert (
        reply.choices[0].message.content == said("hé") and reply.usage.total_tokens == 2 * reply.usage.prompt_tokens + 1
    )
    options: Any = {"include_usage": True}
    *chunks, numbers = client.chat_completion(told("hé"), max_tokens=40, stream=True, stream_options=options)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == said("hé")
    assert numbers.usage is not None and numbers.usage.prompt_tokens == reply.usage.prompt_tokens


async def test_asynchronously_and_with_a_call(url: str) -> None:
    call = '<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>'
    async with AsyncInferenceClient(model=f"{url}/models/echo") as client:
        reply = await client.chat_completion(told(call), tools=TOOLS, tool_choice="auto")
        stream = await client.chat_completion(told("x"), stream=True, max_tokens=40)
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    [made] = reply.choices[0].message.tool_calls or []
    assert (made.function.name, json.loads(made.function.arguments)) == ("add", {"a": 1})
    assert text == said("x")


@pytest.mark.parametrize("kind", ["json_object", "json_schema"])
def test_its_forms_of_answers(url: str, kind: Any) -> None:
    schema = {"type": "object", "properties": {"a": {"enum": [1]}}, "required": ["a"], "additionalProperties": False}
    form: Any = {"json_object": {"type": kind, "value": schema}, "json_schema": {"type": kind, "json_schema": {
        "name": "x", "schema": schema,
    }}}[kind]  # fmt: skip
    client = InferenceClient(model=f"{url}/models/small")
    reply = client.chat_completion(told("hi"), response_format=form, max_tokens=40)
    assert json.loads(reply.choices[0].message.content or "") == {"a": 1}


def test_a_completion_as_the_javascript_client_asks_for_it(url: str) -> None:
    body = {
        "model": f"{url}/models/echo", "prompt": "hello", "max_tokens": 3, "return_full_text": False,
        "stop": ["zz"], "do_sample": False, "repetition_penalty": 1.1, "top_k": 5, "typical_p": 0.9, "truncate": 4,
    }  # fmt: skip
    reply = httpx.post(f"{url}/models/echo/v1/completions", json=body)
    assert reply.status_code == 200 and [choice["text"] for choice in reply.json()["choices"]] == ["ell"]
    full = httpx.post(f"{url}/models/echo/v1/completions", json={**body, "return_full_text": True, "truncate": None})
    assert full.json()["choices"][0]["text"] == "hellohel"
