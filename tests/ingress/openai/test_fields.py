"""Every field of a body: honoured, taken, or a 400 in OpenAI's shape that names it; never a 500."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from inspect import signature
from typing import Any

import openai
import pytest

from serve_app.ingress.dialects.inlining import inlined
from serve_app.ingress.dialects.openai.chat_request import ChatRequest
from serve_app.ingress.dialects.openai.completion_request import CompletionRequest
from serve_app.ingress.dialects.openai.refused import REFUSED
from serve_app.ingress.dialects.openai.request import Request
from serve_app.tasks import TASKS
from tests.ingress.mutations import LARGE, UNSPEAKABLE, Mutation, mutations
from tests.ingress.openai.conftest import ECHO, told
from tests.ingress.service import Service, serving, stub

CHAT, COMPLETIONS = "/models/echo/v1/chat/completions", "/models/echo/v1/completions"
PARAMS = TASKS["text-generation"].Params
CALLS: Mapping[str, tuple[type[Request], dict[str, Any]]] = {
    CHAT: (ChatRequest, {"messages": told("x"), "max_tokens": 2}),
    COMPLETIONS: (CompletionRequest, {"prompt": "x", "max_tokens": 2}),
}
OF_THE_TRANSPORT = {"self", "extra_headers", "extra_query", "extra_body", "timeout"}


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving(ECHO) as running:
        yield running


def changed(path: str) -> Iterator[Mutation]:
    """Every field with everything in its place: the request's own, and those that are the task's parameters."""
    kind, example = CALLS[path]
    own = {name: value for name, value in example.items() if name in kind.model_fields}
    yield from mutations(kind, own)
    for mutation in mutations(PARAMS, {}):
        for name, parameter in kind.passed.items():
            if mutation.path[:1] == (parameter,) and mutation.what != "missing":
                body = {**own, name: mutation.whole[parameter]}
                yield mutation._replace(path=(name, *mutation.path[1:]), part=body, put=lambda whole: whole)


@pytest.mark.parametrize("path", CALLS)
async def test_whatever_stands_in_place_of_a_field(service: Service, path: str) -> None:
    refused = 0
    for mutation in changed(path):
        if not mutation.path or mutation.what in LARGE:
            continue
        reply = await service.raw(path, mutation.json.encode())
        assert reply.status_code in (200, 400), (mutation.path, mutation.what, reply.text)
        if reply.status_code == 400:
            refused += 1
            error = reply.json()["error"]
            assert error.keys() == {"message", "type", "param", "code"} and error["type"] == "invalid_request_error"
            named = re.split(r"[.\[]", error["param"] or "")[0]
            assert named == mutation.path[0] or error["code"] == "context_length_exceeded", (mutation.path, reply.text)
        assert reply.status_code == 400 or not mutation.outside, (mutation.path, mutation.what)
        assert reply.status_code == 400 or mutation.what not in UNSPEAKABLE, (mutation.path, mutation.what)
    assert refused > 300
    assert (await service.post(path, CALLS[path][1])).status_code == 200


@pytest.mark.parametrize("path", CALLS)
@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_not_done_here_is_refused_by_name(service: Service, path: str, name: str) -> None:
    body = CALLS[path][1]
    for value in ({"any": "thing"}, "high", True, 0, [], ["text", "audio"]):
        reply = await service.post(path, {**body, name: value})
        assert reply.status_code == 400
        assert reply.json()["error"]["param"] == name
        assert REFUSED[name].why in reply.json()["error"]["message"]
    for value in (None, *REFUSED[name].neutral):
        assert (await service.post(path, {**body, name: value})).status_code == 200


@pytest.mark.parametrize(
    ("create", "path"),
    [(openai.resources.chat.Completions.create, CHAT), (openai.resources.Completions.create, COMPLETIONS)],
)
def test_everything_that_the_client_sends_is_known(create: Any, path: str) -> None:
    kind, _ = CALLS[path]
    sent = signature(create).parameters.keys() - OF_THE_TRANSPORT
    assert len(sent) > 15
    assert sent <= {*kind.model_fields, *kind.passed, *REFUSED}


FAULTS: list[tuple[str, dict[str, Any], str, str]] = [
    (CHAT, {"max_completion_tokens": 3}, "max_tokens", "`max_tokens` does not go with `max_completion_tokens`"),
    (CHAT, {"stream_options": {"include_usage": True}}, "stream_options", "stream_options goes with stream: true"),
    (CHAT, {"top_logprobs": 2}, "top_logprobs", "top_logprobs goes with logprobs: true only"),
    (CHAT, {"top_logprobs": 21, "logprobs": True}, "top_logprobs", "`top_logprobs` must be less than or equal to 20"),
    (CHAT, {"max_tokens": None, "max_completion_tokens": 0}, "max_completion_tokens", "greater than or equal to 1"),
    (CHAT, {"min_tokens": 3}, "min_tokens", "min_tokens 3 is above max_tokens 2"),
    (CHAT, {"messages": None}, "messages", "`messages` is missing"),
    (CHAT, {"messages": []}, "messages", "at least 1 item"),
    (CHAT, {"messages": [{"role": "function", "content": "x"}]}, "messages[0].role", "must be 'system', 'developer'"),
    (CHAT, {"messages": [{"role": "user"}]}, "messages[0]", "must have `content`"),
    (CHAT, {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}]},
     "messages[0].content[0].type", "must be 'text'"),
    (CHAT, {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "no"}}]}]},
     "messages[0].tool_calls[0].function.arguments", "must be the text of a JSON object"),
    (CHAT, {"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "tools[0].type", "must be 'function'"),
    (CHAT, {"tool_choice": "required"}, "tool_choice", "`tool_choice` goes with `tools` only"),
    (CHAT, {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": {"type": "custom"}},
     "tool_choice", "must be 'function'"),
    (CHAT, {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": {"function": {"name": "g"}}},
     "tool_choice", "no such function stands in `tools`"),
    (CHAT, {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": {
        "type": "allowed_tools",
        "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "g"}}]},
    }}, "tool_choice", "allows 1 functions that do not stand in `tools`"),
    (CHAT, {"reasoning_effort": "high"}, "reasoning_effort", "does not read this"),
    (CHAT, {"chat_template_kwargs": {"no_such": 1}}, "chat_template_kwargs.no_such", "does not read this"),
    (CHAT, {"chat_template_kwargs": {"messages": 1}}, "chat_template_kwargs", "not a variable of templates"),
    (CHAT, {"continue_final_message": True}, "continue_final_message", "the last message is not an assistant's"),
    (CHAT, {"response_format": {"type": "json_object"}}, "response_format", "cannot make an answer follow a grammar"),
    (CHAT, {"response_format": {"type": "json_schema"}}, "response_format", "json_schema is missing"),
    (CHAT, {"response_format": {"type": "regex", "value": 5}}, "response_format", "must be"),
    (CHAT, {"response_format": {"type": "xml"}}, "response_format.type", "must be 'text', 'json_object'"),
    (COMPLETIONS, {"prompt": []}, "prompt", "`prompt` is an empty list"),
    (COMPLETIONS, {"prompt": ["x", ""]}, "prompt[1]", "`prompt[1]` must not be empty"),
    (COMPLETIONS, {"prompt": ["x", 5]}, "prompt[1]", "`prompt[1]` must be a string or a list of token ids"),
    (COMPLETIONS, {"prompt": [1, "x"]}, "prompt[1]", "`prompt[1]` must be a whole number"),
    (COMPLETIONS, {"prompt": [[1], [2, -1]]}, "prompt[1][1]", "`prompt[1][1]` must be greater than or equal to 0"),
    (COMPLETIONS, {"prompt": [[1], [259]]}, "prompt[1]", "`prompt[1]`: the model's token ids go from 0 to 258"),
    (COMPLETIONS, {"prompt": ["x", "y"], "stream": True}, "stream", "`stream` goes with one input"),
    (COMPLETIONS, {"echo": True, "logprobs": 1}, "logprobs", "logprobs does not go with echo"),
    (COMPLETIONS, {"echo": True, "prompt": [1], "stream": True}, "echo", "does not go with a stream"),
    (COMPLETIONS, {"best_of": 2, "stream": True}, "best_of", "does not go with a stream"),
    (COMPLETIONS, {"best_of": 2, "n": 3}, "best_of", "best_of 2 is below n 3"),
    (COMPLETIONS, {"logit_bias": {"259": 1}}, "logit_bias", "the model's token ids go from 0 to 258"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "fields", "param", "words"), FAULTS, ids=[str(fault[1])[:80] for fault in FAULTS])
async def test_what_is_wrong_is_named(
    service: Service, path: str, fields: dict[str, Any], param: str, words: str
) -> None:
    reply = await service.post(path, {**CALLS[path][1], **fields})
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert (error["param"], error["type"]) == (param, "invalid_request_error")
    assert words in error["message"]


@pytest.mark.parametrize("task", ["seq2seq", "image-text-to-text"])
async def test_token_ids_for_a_model_that_takes_none(task: str) -> None:
    async with serving(stub("texts", task)) as texts:
        for prompt in ([1, 2], [[1], [2]], ["a", [1]]):
            reply = await texts.post("/v1/completions", {"model": "texts", "prompt": prompt})
            assert (reply.status_code, reply.json()["error"]["param"]) == (400, "prompt")
            assert reply.json()["error"]["message"] == "`prompt` must be text: this model takes no token ids"
        assert (await texts.post("/v1/completions", {"model": "texts", "prompt": "a"})).status_code == 200


async def test_a_schema_that_is_too_deep_to_travel(service: Service) -> None:
    schema: dict[str, Any] = {}
    for _ in range(600):
        schema = {"items": schema}
    wrapped = {"type": "json_schema", "json_schema": {"name": "deep", "schema": schema}}
    for form in (wrapped, {"type": "json_object", "value": schema}):
        reply = await service.post(CHAT, {**CALLS[CHAT][1], "response_format": form})
        assert reply.status_code == 400 and reply.json()["error"]["param"] == "response_format"
        assert "nested more than 64 deep" in reply.json()["error"]["message"]


async def test_what_is_taken_without_effect(service: Service) -> None:
    taken = {
        "user": "me",
        "metadata": {"a": "b"},
        "safety_identifier": "me",
        "prompt_cache_key": "k",
        "prompt_cache_retention": "24h",
        "prompt_cache_options": {"mode": "implicit"},
        "service_tier": "auto",
        "response_format": {"type": "text"},
        "stream": False,
    }
    for path, (_, body) in CALLS.items():
        assert (await service.post(path, {**body, **taken})).status_code == 200


def test_the_published_schema_stands_by_itself() -> None:
    for kind, _ in CALLS.values():
        schema = inlined(kind.model_json_schema())
        assert "$" not in json.dumps(schema).replace("^[", "").replace("}$", "")
        assert schema["properties"]["stream_options"]["anyOf"][0]["properties"]["include_usage"]
        assert all(field.get("description") for field in schema["properties"].values())
