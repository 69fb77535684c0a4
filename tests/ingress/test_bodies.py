import json
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.ingress.service import Service, error, serving

PATH = "/models/sentiment"
LIMIT = 1_000_000


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving(max_body_bytes=LIMIT) as running:
        yield running


async def good(service: Service) -> None:
    assert (await service.post(PATH, {"inputs": "hello"})).status_code == 200


def nested(levels: int) -> bytes:
    return b'{"text": ' + b"[" * levels + b"]" * levels + b"}"


MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "cut off": b'{"text": "x',
    "a comma too many": b'{"text": "x",}',
    "single quotes": b"{'text': 'x'}",
    "a number of many digits": b'{"inputs": ' + b"9" * 5000 + b"}",
    "250,000 levels": nested(250_000),
    "invalid UTF-8": b'{"text": "\xff\xfe"}',
    "UTF-8 of a surrogate": b'{"text": "\xed\xa0\x80"}',
    "a byte order mark": b'\xef\xbb\xbf{"text": "x"}',
    "UTF-16": '{"text": "x"}'.encode("utf-16"),
    "a null byte": b"\x00",
    "a control character": b'{"text": "a\x01b"}',
    "two documents": b'{"text": "x"}{"text": "y"}',
    "NaN, and cut off": b'{"text": NaN',
    "NaN, and too deep for Python": b'{"parameters": NaN, "text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "NaN in UTF-16": '{"text": NaN}'.encode("utf-16"),
    "NaN alone": b"NaN",
    "a broken name in no field": rb'{"\ud800": 1}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_malformed_is_a_400_that_says_where(service: Service, body: bytes) -> None:
    status, kind, words, field = error(await service.raw(PATH, body))
    assert (status, kind, field) == (400, "bad_request", None)
    assert words.startswith("the body is not JSON: ") and "line 1, column " in words
    await good(service)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b'["text"]', "a list"),
        (b'"text"', "a string"),
        (b"true", "true or false"),
        (b"null", "null"),
        (b"5", "a number"),
        (b"1e300", "a number"),
    ],
)
async def test_json_but_no_object(service: Service, body: bytes, what: str) -> None:
    words = f"the body must be a JSON object, not {what}"
    assert error(await service.raw(PATH, body)) == (400, "bad_request", words, None)
    await good(service)


async def test_deep_but_readable(service: Service) -> None:
    status, kind, words, field = error(await service.raw(PATH, nested(1000)))
    assert (status, kind, words, field) == (400, "validation", "`text[0]` must be a string", "text[0]")
    deep = b'{"inputs": "x", "parameters": {"stop": ' + b"[" * 900 + b"]" * 900 + b"}}"
    assert error(await service.raw("/models/writer/generate", deep))[0] == 422
    await good(service)


async def test_whole_surrogate_pairs_and_every_plane_are_fine(service: Service) -> None:
    reply = await service.raw("/translate", rb'{"text": "\ud83d\ude00 z\u00fc\u4e2d"}')
    assert reply.json()["response"]["generated_text"] == "😀 zü中"
    reply = await service.raw("/translate", json.dumps({"text": "\u0000a\u202eb"}).encode())
    assert reply.json()["response"]["generated_text"] == "\u0000a\u202eb"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"]
)
async def test_other_types_are_a_415(service: Service, content_type: str) -> None:
    status, kind, words, _ = error(await service.raw(PATH, b'{"text": "x"}', content_type))
    assert (status, kind) == (415, "unsupported_media_type")
    assert words == f'the body must be application/json, not "{content_type.split(";", maxsplit=1)[0]}"'
    await good(service)


@pytest.mark.parametrize(
    "content_type", [None, "", "application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.x+json"]
)
async def test_json_by_any_of_its_names(service: Service, content_type: str | None) -> None:
    assert (await service.raw(PATH, b'{"text": "x"}', content_type)).status_code == 200


async def test_too_large_by_its_own_word_is_not_read(service: Service) -> None:
    taken = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b" " * 1000

    headers = {"Content-Type": "application/json", "Content-Length": str(LIMIT + 1)}
    reply = await service.client.post(PATH, content=body(), headers=headers)
    words = "the body is larger than 1000000 bytes, the limit of this server (server.max_body_bytes)"
    assert error(reply) == (413, "body_too_large", words, None)
    assert taken == 0
    await good(service)


async def test_too_large_in_chunks_is_read_no_further_than_the_limit(service: Service) -> None:
    taken = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b" " * 1000

    reply = await service.client.post(PATH, content=body(), headers={"Content-Type": "application/json"})
    assert error(reply)[:2] == (413, "body_too_large")
    assert taken <= LIMIT / 1000 + 2
    await good(service)


async def test_in_chunks_up_to_the_limit(service: Service) -> None:
    start, end = b'{"text": "x"', b"}"

    async def body() -> AsyncIterator[bytes]:
        yield start
        yield b""
        yield b" " * (LIMIT - len(start) - len(end))
        yield end

    reply = await service.client.post(PATH, content=body(), headers={"Content-Type": "application/json"})
    assert reply.status_code == 200


@pytest.mark.parametrize("length", ["²", "-5", "abc", "1e9", ""])
async def test_a_length_that_is_no_number_is_left_to_the_body(service: Service, length: str) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'{"text": "x"}'

    headers = [(b"content-type", b"application/json"), (b"content-length", length.encode("latin-1"))]
    assert (await service.client.post(PATH, content=body(), headers=headers)).status_code == 200


async def test_a_length_of_thousands_of_digits(service: Service) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'{"text": "x"}'

    headers = {"Content-Type": "application/json", "Content-Length": "9" * 6000}
    assert error(await service.client.post(PATH, content=body(), headers=headers))[0] == 413


async def test_a_client_that_leaves_while_it_speaks(service: Service) -> None:
    messages: Iterator[dict[str, object]] = iter(
        [{"type": "http.request", "body": b'{"te', "more_body": True}, {"type": "http.disconnect"}]
    )
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return next(messages)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": PATH, "headers": [], "query_string": b"", "scheme": "http"}
    await service.app(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 499
    await good(service)
