"""The size by which inputs share an envelope: near what is pickled, whatever the input is made of."""

import pickle
from sys import getsizeof
from typing import Any

import pytest

from serve_app.ingress.lanes.envelopes import ENVELOPE_BYTES
from serve_app.ingress.sizes import size_of
from tests.ingress.service import serving, stub

TEXT = "x" * 200_000


@pytest.mark.parametrize(
    "value",
    [
        TEXT,
        {"question": "x", "context": TEXT},
        {"sentences": ["y" * 50 + str(n) for n in range(3000)]},
        {"table": {"name": ["z" * 60 + str(n) for n in range(3000)], "other": [TEXT]}},
        [(n * 0.37, 1000 + n) for n in range(3000)],
    ],
)
def test_it_is_near_what_travels(value: Any) -> None:
    travels = len(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    assert travels <= size_of(value) < 10 * travels
    assert isinstance(value, str) or size_of(value) > 4 * getsizeof(value), "the parts count"


async def test_large_parts_of_small_objects_fill_an_envelope() -> None:
    async with serving(stub("answers", "question-answering", limits={"max_input_tokens": 4000})) as service:
        few = ENVELOPE_BYTES // len(TEXT)
        inputs = [{"question": "x", "context": TEXT}] * (few * 3)
        await service.post("/models/answers", {"inputs": inputs})
        [transport] = service.transports.values()
        assert max(len(envelope.items) for envelope in transport.envelopes) <= few
