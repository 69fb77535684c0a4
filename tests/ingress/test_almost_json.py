"""NaN and its like: what Python writes as JSON and nobody else reads is refused by the name of its field."""

import pytest

from serve_app.ingress.almost_json import READ_AGAIN
from tests.ingress.service import Service, error

PATH = "/models/sentiment"
FINITE = "must be a finite number"
SURROGATE = "holds half a surrogate pair"
# What Python's json.dumps writes and no JSON holds: the field, and what is wrong with it.
ALMOST: list[tuple[bytes, str, str]] = [
    (b'{"text": NaN}', "text", FINITE),
    (b'{"inputs": "x", "parameters": {"top_k": Infinity}}', "parameters.top_k", FINITE),
    (b'{"inputs": -Infinity}', "inputs", FINITE),
    (b'{"inputs": "x", "parameters": {"temperature": 1e999}}', "parameters.temperature", FINITE),
    (b'{"inputs": {"a": [1, [2, -1e400]], "b": NaN}}', "inputs.a[1][1]", FINITE),
    (b'{"inputs": ' + b"9" * 4000 + b"}", "inputs", FINITE),
    (b'{"' + b"y" * 500 + b'": NaN}', "y" * 80 + "\u2026", FINITE),
    (b"[1, NaN]", "[1]", FINITE),
    (rb'{"text": "\ud800"}', "text", SURROGATE),
    (rb'{"inputs": ["x", "y\udfff"], "parameters": {"top_p": NaN}}', "inputs[1]", SURROGATE),
    (rb'{"inputs": {"\udead": 1}}', "inputs", "holds a name with half a surrogate pair"),
]


@pytest.mark.parametrize(("body", "field", "words"), ALMOST)
async def test_what_python_writes_and_json_lacks_is_named(
    service: Service, body: bytes, field: str, words: str
) -> None:
    status, kind, told, named = error(await service.raw(PATH, body))
    assert (status, kind, named) == (400, "bad_request", field)
    assert told.startswith(f"the body is not JSON: `{field}` {words}, at line 1, column ")
    assert (await service.post(PATH, {"inputs": "hello"})).status_code == 200


async def test_of_a_large_body_only_the_place_is_named(service: Service) -> None:
    status, kind, words, field = error(await service.raw(PATH, b'{"text": NaN' + b" " * (READ_AGAIN - 12) + b"}"))
    assert (status, kind, field) == (400, "bad_request", None)
    assert words.startswith("the body is not JSON: ") and words.endswith(" at line 1, column 10")
    assert (await service.post(PATH, {"inputs": "hello"})).status_code == 200
