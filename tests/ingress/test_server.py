"""Routes, methods, CORS, request ids, and what nobody foresaw."""

import logging
from typing import Any

import pytest

from serve_app.errors import Internal
from serve_app.types import Envelope
from tests.ingress.service import InProcess, Service, error, serving

S, W = "/models/sentiment", "/models/writer/generate"


@pytest.mark.parametrize("path", ["/nothing", "//models/sentiment", "/models//sentiment", "/health/", "/MODELS"])
async def test_an_unknown_path_names_what_exists(service: Service, path: str) -> None:
    if path.startswith("/models"):
        status, kind, words, _ = error(await service.get(path))
        assert words.startswith(
            'there is no model "/sentiment"; did you mean "sentiment"? there are: sentiment, vectors'
        )
    else:
        status, kind, words, _ = error(await service.client.get(f"http://test:8000{path}"))
        assert words.startswith(f'nothing is at "{path}"; ')
        assert "there are: /models/sentiment, /models/vectors, /models/writer, /models/translator, " in words
        assert "/models/writer/generate, /translate, /v1/chat/completions, /v1/completions, " in words
        assert words.endswith("/openapi.json, /docs")
    assert (status, kind) == (404, "not_found")


async def test_the_nearest_is_named(service: Service) -> None:
    assert 'did you mean "/models/sentiment"?' in error(await service.post("/model/sentimnt", {"text": "x"}))[2]
    assert 'did you mean "/health"?' in error(await service.get("/helth"))[2]
    for method in ("GET", "POST", "PUT"):
        told = error(await service.client.request(method, "/models/wroter"))
        assert told[:2] == (404, "not_found")
        assert told[2].startswith('there is no model "wroter"; did you mean "writer"? there are: sentiment, ')


async def test_a_long_path_is_not_said_back_whole(service: Service) -> None:
    status, _, words, _ = error(await service.get("/" + "x" * 5000))
    assert status == 404 and len(words) < 1000


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", W, {"POST"}),
        ("DELETE", W, {"POST"}),
        ("OPTIONS", "/translate/", {"POST"}),
        ("PUT", S, {"GET", "HEAD", "POST"}),
        ("PATCH", "/models/writer", {"GET", "HEAD", "POST"}),
        ("POST", "/health", {"GET", "HEAD"}),
        ("DELETE", "/models", {"GET", "HEAD"}),
        ("POST", "/models/", {"GET", "HEAD"}),
        ("POST", "/openapi.json", {"GET", "HEAD"}),
    ],
)
async def test_a_wrong_method_says_which_is_right(service: Service, method: str, path: str, allowed: set[str]) -> None:
    reply = await service.client.request(method, path)
    status, kind, words, _ = error(reply)
    assert (status, kind) == (405, "method_not_allowed")
    assert set(reply.headers["allow"].split(", ")) == allowed
    assert words == f"{method} is not allowed here; use {reply.headers['allow']}"


async def test_head_of_the_pages(service: Service) -> None:
    for path in ("/", "/health", "/ready", "/models", "/models/writer", S):
        assert (await service.client.head(path)).status_code == 200
    assert (await service.client.head(W)).status_code == 405


async def preflight(service: Service, origin: str, method: str = "POST") -> Any:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "x-priority",
    }
    return await service.client.options(S, headers=headers)


async def test_no_cors_unless_asked_for(service: Service) -> None:
    reply = await service.post(S, {"text": "x"}, Origin="https://a.example")
    assert reply.status_code == 200
    assert not [name for name in reply.headers if name.startswith("access-control")]
    assert (await preflight(service, "https://a.example")).status_code == 405


async def test_cors_for_the_origins_that_are_named() -> None:
    async with serving(allow_origins=("https://a.example",), allow_credentials=True) as service:
        asked = await preflight(service, "https://a.example")
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == "https://a.example"
        assert asked.headers["access-control-allow-credentials"] == "true"
        assert asked.headers["access-control-allow-methods"] == "GET, POST"
        assert asked.headers["access-control-allow-headers"] == "x-priority"
        assert (await preflight(service, "https://a.example", "DELETE")).status_code == 400
        foreign = await preflight(service, "https://b.example")
        assert foreign.status_code == 400 and "access-control-allow-origin" not in foreign.headers

        for body, status in (({"text": "x"}, 200), ({"text": ""}, 400), ({"inputs": "[fail]"}, 500)):
            reply = await service.post(S, body, Origin="https://a.example")
            assert reply.status_code == status
            assert reply.headers["access-control-allow-origin"] == "https://a.example"
            assert reply.headers["access-control-expose-headers"] == "x-request-id"
        foreign = await service.post(S, {"text": "x"}, Origin="https://b.example")
        assert foreign.status_code == 200 and "access-control-allow-origin" not in foreign.headers
        assert (await service.get("/nothing", Origin="https://a.example")).headers["access-control-allow-origin"]


async def test_a_wildcard_loses_the_credentials() -> None:
    async with serving(allow_origins=("*",), allow_credentials=True) as service:
        reply = await service.post(S, {"text": "x"}, Origin="https://a.example", Cookie="session=1")
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in reply.headers
        assert "access-control-allow-credentials" not in (await preflight(service, "https://a.example")).headers


class Broken(InProcess):
    """A transport with a fault that nobody foresaw."""

    async def send(self, envelope: Envelope) -> Any:
        raise RuntimeError("secret words of the inside")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_fault_of_the_transport_is_a_500_without_internals(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as service:
        monkeypatch.setattr(InProcess, "send", Broken.send)
        told = error(await service.post(S, {"text": "x"}))
        assert told == (500, "internal", "the call to the model failed", None)
        monkeypatch.undo()
        assert (await service.post(S, {"text": "x"})).status_code == 200


async def test_what_nobody_foresaw_is_a_500_without_internals_and_the_log_tells_more(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(allow_origins=("https://a.example",)) as service:

        def broken(name: str) -> None:
            raise RuntimeError("secret words of the inside")

        monkeypatch.setattr(service.directory, "status", broken)
        headers = {"X-Request-ID": "id-7", "Origin": "https://a.example"}
        with caplog.at_level(logging.ERROR, "ray.serve"):
            reply = await service.post(S, {"text": "caller's words"}, **headers)
        words = "the server failed on this request; its log tells more under id-7"
        assert error(reply) == (500, "internal", words, None)
        assert reply.headers["access-control-allow-origin"] == "https://a.example"
        [record] = caplog.records
        assert record.getMessage() == "request id-7 failed"
        assert record.exc_info and "secret words of the inside" in str(record.exc_info[1])
        assert "caller's words" not in caplog.text
        assert service.meters.sum_of("serve_app_errors_total", "-", Internal.kind) == 1
        monkeypatch.undo()
        assert (await service.post(S, {"text": "x"})).status_code == 200


@pytest.mark.parametrize("given", ["id-7", "a.b:c_d-E9", "x" * 128])
async def test_a_harmless_request_id_goes_with_the_items(service: Service, given: str) -> None:
    await service.post(S, {"text": "x"}, **{"X-Request-ID": given})
    [transport] = service.transports.values()
    assert transport.envelopes[0].items[0].trace == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb", "%0a", "ä".encode().decode("latin-1")])
async def test_any_other_is_replaced(service: Service, given: str) -> None:
    headers = [(b"content-type", b"application/json"), (b"x-request-id", given.encode("latin-1"))]
    await service.client.post(S, content=b'{"text": "x"}', headers=headers)
    [transport] = service.transports.values()
    trace = transport.envelopes[0].items[0].trace
    assert len(trace) == 32 and int(trace, 16) > 0


async def test_debug_logs_every_request_and_nothing_of_its_body(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(debug=True) as service:
        with caplog.at_level(logging.INFO, "ray.serve"):
            await service.post(S, {"text": "caller's words"}, **{"X-Request-ID": "id-7"})
            await service.get("/nothing")
    lines = [record.getMessage().split() for record in caplog.records if record.name == "ray.serve"]
    assert [line[:3] for line in lines] == [["POST", S, "200"], ["GET", "/nothing", "404"]]
    assert lines[0][5] == "id-7" and 0 < float(lines[0][3]) < 10_000
    assert "caller's words" not in caplog.text


async def test_without_debug_nothing_is_logged(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "ray.serve"):
        await service.post(S, {"text": "x"})
    assert [record for record in caplog.records if record.name == "ray.serve"] == []


async def test_other_protocols_are_turned_away(service: Service) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    for path in (S, "/nothing"):
        scope = {"type": "websocket", "path": path, "headers": [], "query_string": b"", "scheme": "ws"}
        await service.app(scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close"] * 2


async def test_the_lifespan_that_serve_opens_is_answered() -> None:
    said: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup" if not said else "lifespan.shutdown"}

    async def send(message: Any) -> None:
        said.append(message["type"])

    async with serving() as service:
        await service.app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
