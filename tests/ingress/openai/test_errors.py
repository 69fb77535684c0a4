"""What goes wrong on the way, in OpenAI's shape, with its types and codes, and what its client makes of it."""

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from serve_app.config.schema import Limits
from serve_app.errors import ERRORS, AppError, InvalidInput
from serve_app.ingress.dialects.openai.errors import fault
from serve_app.ingress.dialects.wording import at_root, in_words
from tests.ingress.openai.conftest import ECHO, told
from tests.ingress.reading import told as events
from tests.ingress.service import Service, deployment, serving, stub

PATH = "/v1/chat/completions"
TINY = stub("tiny", "generation", limits=Limits(max_queued_requests=1, max_items=2))


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving(ECHO, TINY, stub("moods")) as running:
        yield running


def error_of(reply: Any) -> tuple[int, str, str | None, str | None]:
    body = reply.json()
    assert body.keys() == {"error"} and body["error"].keys() == {"message", "type", "param", "code"}
    assert isinstance(body["error"]["message"], str) and body["error"]["message"]
    return reply.status_code, body["error"]["type"], body["error"]["param"], body["error"]["code"]


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.kind)
def test_every_error_has_a_place(kind: type[AppError]) -> None:
    status, body = fault(kind("words", "field"))
    assert body["error"]["message"] == "words" and body["error"]["param"] == "field"
    assert status == (400 if kind.status == 422 else kind.status)
    assert (body["error"]["type"] == "server_error") == (status >= 499)


async def test_too_long_has_both_numbers(service: Service) -> None:
    for fields in ({"messages": told("x" * 5000)}, {"messages": told("x"), "max_tokens": 5000}):
        reply = await service.post(PATH, {"model": "echo", **fields})
        code = "context_length_exceeded"
        assert error_of(reply) == (400, "invalid_request_error", "messages", code)
        message = reply.json()["error"]["message"]
        assert "max_new_tokens" not in message and "50" in message and "40" in message


async def test_paths_and_methods(service: Service) -> None:
    request = "invalid_request_error"
    assert error_of(await service.post("/v1/nothing", {})) == (404, request, None, "unknown_url")
    assert error_of(await service.post("/models/echo/v1/x", {})) == (404, request, None, "unknown_url")
    for path in (PATH, "/models/echo/v1/completions"):
        assert error_of(await service.get(path)) == (405, request, None, "method_not_supported")
    for path in ("/v1/models", "/v1/models/echo", "/models/echo/v1/models", "/models/echo/v1/models/echo"):
        assert error_of(await service.post(path, {})) == (405, request, None, "method_not_supported")


async def test_bodies_that_cannot_be_read(service: Service) -> None:
    request = "invalid_request_error"
    assert error_of(await service.raw(PATH, b"{")) == (400, request, None, None)
    assert error_of(await service.raw(PATH, b'{"model": NaN}')) == (400, request, "model", None)
    assert error_of(await service.raw(PATH, b"x", "text/plain"))[0] == 415
    assert error_of(await service.post(PATH, {"messages": told("x")})) == (400, request, "model", None)
    assert error_of(await service.post(PATH, {"model": 5})) == (400, request, "model", None)
    assert error_of(await service.post("/v1/completions", {"model": "tiny", "prompt": ["x"] * 3})) == (
        400, request, "prompt", "array_above_max_length",
    )  # fmt: skip


async def test_the_model_s_own_faults(service: Service) -> None:
    for body in ({"messages": told("[fail]")}, {"messages": told("[fail]"), "stream": True}):
        reply = await service.post(PATH, {"model": "echo", **body})
        assert error_of(reply) == (500, "server_error", "messages", "model_error")


async def test_a_model_that_is_not_ready(service: Service) -> None:
    await service.refresh(echo=deployment("UPDATING", running=0, target=1))
    reply = await service.post(PATH, {"model": "echo", "messages": told("x")})
    assert error_of(reply) == (503, "server_error", None, "not_ready")
    assert float(reply.headers["retry-after-ms"]) > 0


def test_the_client_retries_what_says_when_to_come_back() -> None:
    from serve_app.errors import Overloaded
    from serve_app.ingress.replies import fault_reply

    error = Overloaded("full", None, 1.5)
    reply = fault_reply(error, *fault(error))
    assert (reply.status_code, reply.headers["retry-after-ms"], reply.headers["retry-after"]) == (429, "1500", "2")
    assert fault(error)[1]["error"]["code"] == "rate_limit_exceeded"


async def test_a_stream_that_breaks_ends_with_an_error() -> None:
    slow = stub("slow", "generation", limits=Limits(timeout_s=0.5), engine_options={"step_s": 0.05})
    async with serving(slow) as service:
        body = {"model": "slow", "messages": told("x" * 100), "stream": True}
        reply = await service.post(PATH, body)
        first, *_, last = events(reply.text)
    assert reply.status_code == 200 and first["choices"][0]["delta"]["role"] == "assistant"
    assert last["error"]["type"] == "server_error" and last["error"]["code"] == "timeout"


def test_the_client_raises_them(url: str, client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="echo", messages=told("x"), store=True)
    assert (raised.value.param, raised.value.type) == ("store", "invalid_request_error")
    with pytest.raises(openai.InternalServerError) as failed:
        client.chat.completions.create(model="echo", messages=told("[fail]"), stream=True)
    assert (failed.value.code, failed.value.type) == ("model_error", "server_error")


def test_names_become_the_caller_s() -> None:
    words = {"max_new_tokens": "max_tokens", "grammar": "response_format"}
    assert in_words("a grammar and `grammar`, max_new_tokens", words) == "a grammar and `response_format`, max_tokens"
    whole = at_root(InvalidInput("`body`: max_new_tokens 5 is odd", "body"), "body", words)
    assert (whole.message, whole.field) == ("max_tokens 5 is odd", "max_tokens")
    inside = at_root(InvalidInput("`body.grammar.type` must be x", "body.grammar.type"), "body", words)
    assert (inside.message, inside.field) == ("`response_format.type` must be x", "response_format.type")
