"""What is wrong with a response's body, told by the name of its field, and never as the server's fault."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import openai
import pytest

from serve_app.config.schema import Limits
from serve_app.ingress.dialects.openai.responses_refused import REFUSED
from serve_app.ingress.dialects.openai.responses_request import ResponseRequest
from tests.ingress.mutations import ANYTHING, UNSPEAKABLE
from tests.ingress.service import Service, serving, stub

PATH = "/v1/responses"
BODY: Mapping[str, Any] = {"model": "writer", "input": "hi", "max_output_tokens": 4}
MESSAGE: Mapping[str, Any] = {"role": "user", "content": "hi"}
CALL: Mapping[str, Any] = {"type": "function_call", "call_id": "c", "name": "add", "arguments": "{}"}
TOOL: Mapping[str, Any] = {"type": "function", "name": "add"}
FORMAT: Mapping[str, Any] = {"type": "json_schema", "name": "a", "schema": {"type": "object"}}


def fault(reply: httpx.Response) -> tuple[int, str, str, str | None, str | None]:
    """Status, type, words, field and code of an error in OpenAI's shape."""
    assert reply.headers["content-type"] == "application/json"
    [(word, told)] = reply.json().items()
    assert word == "error" and told.keys() == {"message", "type", "param", "code"} and told["message"]
    return reply.status_code, told["type"], told["message"], told["param"], told["code"]


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_not_done_here_is_refused_by_name(service: Service, name: str) -> None:
    told = fault(await service.post(PATH, {**BODY, name: "something"}))
    words = f"`{name}` is not supported: {REFUSED[name].why}"
    assert told == (400, "invalid_request_error", words, name, None)
    for neutral in (*REFUSED[name].neutral, None):
        assert (await service.post(PATH, {**BODY, name: neutral})).status_code == 200


def user(*parts: Any) -> Any:
    return [{"role": "user", "content": [*parts]}]


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"input": []}, "input", "`input` is an empty list"),
    ({"input": 5}, "input", "`input` must be a string or be a list"),
    ({"input": [MESSAGE] * 1000}, "input", "`input` holds 1000 items, and 999 are taken"),
    ({"input": ["hi"]}, "input[0]", "`input[0]` must be an object"),
    ({"input": [MESSAGE, {"type": "web_search_call"}]}, "input[1].type", "`input[1].type`: there are message, "),
    ({"input": [{"type": "item_reference", "id": "x"}]}, "input[0].type", "`input[0].type`: nothing is stored here"),
    ({"input": [{"type": 5}]}, "input[0].type", "`input[0].type`: there are message, function_call, "),
    ({"input": [{"content": "a"}]}, "input[0].role", "`input[0].role` is missing"),
    ({"input": [{**MESSAGE, "role": "tool"}]}, "input[0].role", "`input[0].role` must be 'user', 'assistant', "),
    ({"input": [{"role": "user"}]}, "input[0].content", "`input[0].content` is missing"),
    ({"input": [{**MESSAGE, "content": 5}]}, "input[0].content", "`input[0].content` must be a string"),
    ({"input": user()}, "input[0].content", "`input[0].content` must have at least 1 item"),
    ({"input": [{**MESSAGE, "other": 5}]}, "input[0].other", "`input[0].other` is not a field of this input"),
    ({"input": user({"type": "input_image", "image_url": "x"})}, "input[0].content[0].type", "`input[0].content[0]."),
    ({"input": user({"type": "input_text"})}, "input[0].content[0]", "`input[0].content[0]`: must have text"),
    ({"input": user({"type": "input_text", "text": 1})}, "input[0].content[0].text", "`input[0].content[0].text` must"),
    ({"input": [{**CALL, "arguments": "["}]}, "input[0].arguments", "`input[0].arguments` must be the text of a JSON"),
    ({"input": [{**CALL, "arguments": "[]"}]}, "input[0].arguments", "`input[0].arguments` must be the text of a JSON"),
    ({"input": [{**CALL, "arguments": "[" * 10_000}]}, "input[0].arguments", "`input[0].arguments` must be the text"),
    ({"input": [{**CALL, "name": "no name"}]}, "input[0].name", "`input[0].name` must match pattern"),
    ({"input": [CALL] * 129}, "input[128]", "`input[128]`: one answer makes 128 calls at most"),
    (
        {"input": [CALL, {"type": "function_call_output", "call_id": "d", "output": "x"}]},
        "input[1].call_id",
        "`input[1].call_id` belongs to no call before it",
    ),
    ({"input": [{"type": "reasoning", "summary": [{"type": "x"}]}]}, "input[0].summary[0].type", "`input[0].summary["),
    ({"instructions": ["x"]}, "instructions", "`instructions` must be a string"),
    ({"max_output_tokens": 0}, "max_output_tokens", "`max_output_tokens` must be greater than or equal to 1"),
    ({"max_output_tokens": 9999}, "input", "the prompt has 19 tokens and leaves room for 4077 new ones, "),
    ({"temperature": -1}, "temperature", "`temperature` must be greater than or equal to 0"),
    ({"top_p": 2}, "top_p", "`top_p` must be less than or equal to 1"),
    ({"top_logprobs": 21, "include": ["message.output_text.logprobs"]}, "top_logprobs", "`top_logprobs` must be less"),
    ({"top_logprobs": 2}, "top_logprobs", "top_logprobs goes with message.output_text.logprobs in include only"),
    ({"include": ["file_search_call.results"]}, "include[0]", "`include[0]` must be 'message.output_text.logprobs' or"),
    ({"metadata": {"a": 1}}, "metadata.a", "`metadata.a` must be a string"),
    ({"parallel_tool_calls": 1}, "parallel_tool_calls", "`parallel_tool_calls` must be true or false"),
    ({"max_tool_calls": 0}, "max_tool_calls", "`max_tool_calls` must be greater than or equal to 1"),
    ({"reasoning": {"effort": "huge"}}, "reasoning.effort", "`reasoning.effort` must be 'none', 'minimal', "),
    ({"reasoning": {"effort": "low"}}, "reasoning.effort", "the model's chat template does not read this"),
    ({"reasoning": {"summary": "detailed"}}, "reasoning.summary", "`reasoning.summary` must be 'auto'"),
    ({"text": {"verbosity": "low"}}, "text.verbosity", "`text.verbosity` must be 'medium'"),
    ({"text": {"format": {"type": "xml"}}}, "text.format.type", "`text.format.type` must be 'text', 'json_object' or"),
    ({"text": {"format": {"type": "json_schema"}}}, "text.format", "`text.format`: json_schema needs a name and a "),
    ({"text": {"format": {**FORMAT, "name": "a b"}}}, "text.format.name", "`text.format.name` must match pattern"),
    ({"text": {"format": {**FORMAT, "type": "text"}}}, "text.format", "`text.format`: a schema and its name go with "),
    ({"text": {"format": {"type": "json_object"}}}, "text.format", "this engine cannot make an answer follow"),
    ({"tools": [{"type": "web_search"}]}, "tools[0].type", "`tools[0].type` must be 'function'"),
    ({"tools": [{"type": "function"}]}, "tools[0].name", "`tools[0].name` is missing"),
    ({"tools": [{**TOOL, "parameters": []}]}, "tools[0].parameters", "`tools[0].parameters` must be an object"),
    ({"tools": [{**TOOL, "defer_loading": True}]}, "tools[0].defer_loading", "`tools[0].defer_loading` must be False"),
    ({"tools": [TOOL] * 129}, "tools", "`tools` must have at most 128 items"),
    ({"tool_choice": "some"}, "tool_choice", "`tool_choice` must be 'none', 'auto' or 'required'"),
    ({"tool_choice": "required"}, "tool_choice", "`tool_choice` goes with `tools` only"),
    ({"tool_choice": {"type": "file_search"}}, "tool_choice.type", "`tool_choice.type` must be 'function'"),
    (
        {"tools": [TOOL], "tool_choice": {"type": "function", "name": "x"}},
        "tool_choice",
        "no such function stands in `tools`, so it cannot be called",
    ),
    (
        {"tools": [TOOL], "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{**TOOL, "name": "x"}]}},
        "tool_choice",
        "`tool_choice` allows 1 functions that do not stand in `tools`",
    ),
    ({"truncation": "some"}, "truncation", "`truncation` must be 'auto' or 'disabled'"),
    ({"chat_template_kwargs": {"x": 1}}, "chat_template_kwargs.x", "the model's chat template does not read this"),
    ({"chat_template_kwargs": {"reasoning_effort": "low"}}, "chat_template_kwargs", "chat_template_kwargs holds the"),
    ({"prompt_cache_options": {"prewarm": True}}, "prompt_cache_options", "`prompt_cache_options`: every request here"),
    ({"stream": "yes"}, "stream", "`stream` must be true or false"),
    ({"stream_options": {}}, "stream_options", "stream_options goes with stream: true only"),
    ({"stream": True, "stream_options": {"x": 1}}, "stream_options.x", "`stream_options.x` is not a field of this"),
    ({"no_such_field": 1}, "no_such_field", "`no_such_field` is not a field of this input"),
]


@pytest.mark.parametrize(("more", "field", "words"), WRONG)
async def test_every_fault_names_its_field(service: Service, more: dict[str, Any], field: str, words: str) -> None:
    told = fault(await service.post(PATH, {**BODY, **more}))
    assert (told[0], told[1], told[3]) == (400, "invalid_request_error", field)
    assert told[2].startswith(words)


@pytest.mark.parametrize("name", [*ResponseRequest.model_fields, *ResponseRequest.passed])
async def test_whatever_stands_in_a_field_is_answered_or_refused(service: Service, name: str) -> None:
    refused = 0
    for what, value in ANYTHING.items():
        if what in UNSPEAKABLE:
            continue
        reply = await service.post(PATH, {**BODY, name: value})
        if reply.status_code != 200:
            status, _, _, param, code = fault(reply)
            assert status == (404 if name == "model" and isinstance(value, str) else 400), (what, reply.text)
            # What is too long is the conversation as a whole.
            fields = (name, "input") if code == "context_length_exceeded" else (name,)
            assert param is not None and param.partition(".")[0].partition("[")[0] in fields, (what, reply.text)
            refused += 1
    assert refused > 5


async def test_a_conversation_that_does_not_fit(service: Service) -> None:
    status, kind, words, field, code = fault(await service.post(PATH, {"model": "writer", "input": "a" * 5000}))
    assert (status, kind, field, code) == (400, "invalid_request_error", "input", "context_length_exceeded")
    assert "5017" in words and "4096" in words


async def test_which_model_is_meant(service: Service) -> None:
    missing = fault(await service.post(PATH, {"input": "hi"}))
    assert missing[:4] == (400, "invalid_request_error", "`model` is missing", "model")
    unknown = fault(await service.post(PATH, {"model": "nobody", "input": "hi"}))
    assert (unknown[0], unknown[3], unknown[4]) == (404, "model", "model_not_found")
    silent = fault(await service.post(PATH, {"model": "sentiment", "input": "hi"}))
    assert (silent[0], silent[3]) == (404, "model")
    behind = await service.post("/models/writer/generate/v1/responses", {"model": "anything", "input": "hi"})
    assert behind.status_code == 200 and behind.json()["model"] == "anything"


async def test_one_answer_whatever_the_config_says() -> None:
    many = stub("many", "generation", hf_generation_kwargs={"n": 3, "max_new_tokens": 4}, limits=Limits(max_items=1))
    async with serving(many) as service:
        reply = await service.post(PATH, {"model": "many", "input": "hi"})
        assert [item["content"][0]["text"] for item in reply.json()["output"]] == ["user"]
        stream = await service.post(PATH, {"model": "many", "input": "hi", "stream": True})
        events = [json.loads(line[6:]) for line in stream.text.splitlines() if line.startswith("data: ")]
        assert "".join(event["delta"] for event in events if event["type"].endswith("text.delta")) == "user"


@pytest.mark.parametrize("path", ["/resp_1", "/resp_1/input_items", "/a%2Fb"])
async def test_nothing_is_stored(service: Service, path: str) -> None:
    for method in ("GET", "DELETE", "POST"):
        told = fault(await service.client.request(method, f"{PATH}{path}"))
        assert told[0] == 404 and "not stored here" in told[2]
    own = fault(await service.get(f"/models/writer/generate/v1/responses{path}"))
    assert own[0] == 404 and "not stored here" in own[2]


def test_the_client_s_own_exceptions(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="not stored here"):
        client.responses.retrieve("resp_1")
    with pytest.raises(openai.NotFoundError, match="not stored here"):
        client.responses.cancel("resp_1")
    with pytest.raises(openai.BadRequestError, match="nothing is stored here") as refused:
        client.responses.create(model="echo", input="hi", previous_response_id="resp_1")
    assert (refused.value.param, refused.value.type) == ("previous_response_id", "invalid_request_error")
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError, match="max_output_tokens asks for 9999"):
            client.responses.create(model="echo", input="hi", max_output_tokens=9999, stream=stream)
