"""Streams of both dialects, with the stub, which says every prompt again byte by byte."""

from typing import Any

import pytest

from serve_app.ingress.dialects.native import Native
from serve_app.types import Chunk
from tests.ingress.reading import LAST, events_of
from tests.ingress.service import Service, error, serving, stub

W, T, S = "/models/writer/generate", "/translate", "/models/sentiment"
WHOLE = {"response": {"generated_text": "hého", "model_info": {"model_name": "stub/translator", "task": "seq2seq"}}}


async def test_native_pieces_then_the_reply_as_without_a_stream(service: Service) -> None:
    *pieces, whole, last = events_of(await service.post(T, {"text": "hého", "stream": True}))
    assert all(piece.keys() == {"text"} and piece["text"] for piece in pieces)
    assert "".join(piece["text"] for piece in pieces) == "hého"
    assert (whole, last) == (WHOLE, LAST)
    assert (await service.post(T, {"text": "hého"})).json() == WHOLE
    assert (await service.post(T, {"text": "hého", "stream": False})).json() == WHOLE
    assert (await service.post(T, {"text": "hého", "stream": None})).json() == WHOLE


async def test_native_pieces_of_several_answers_say_whose_they_are(service: Service) -> None:
    body = {"text": "ab", "stream": True, "generation_params": {"n": 2, "details": True, "do_sample": True}}
    *pieces, whole, last = events_of(await service.post(W, body))
    assert last == LAST
    for choice in range(2):
        assert "".join(piece["text"] for piece in pieces if piece["choice"] == choice) == "ab"
    told = whole["response"]["generated_text"]
    assert [each["generated_text"] for each in told["details"]["choices"]] == ["ab", "ab"]


async def test_what_a_model_thinks_has_a_word_of_its_own(service: Service) -> None:
    [entry] = [entry for entry in service.directory.entries() if entry.name == "writer"]
    dialect = Native()
    writer = dialect.stream(dialect.read({"text": "a", "stream": True}, entry), entry)
    assert writer.chunk(Chunk("hm", part="reasoning")) == b'data: {"reasoning":"hm"}\n\n'
    assert writer.chunk(Chunk("")) == b""


async def test_an_event_for_each_token(service: Service) -> None:
    *events, last = events_of(await service.post(W, {"inputs": "hé", "stream": True}))
    assert [event["index"] for event in events] == [1, 2, 3]
    assert [event["token"] for event in events] == [
        {"id": 0x68, "text": "h", "logprob": 0.0, "special": False},
        {"id": 0xC3, "text": "", "logprob": -1.0, "special": False},
        {"id": 0xA9, "text": "é", "logprob": -2.0, "special": False},
    ]
    assert all(event["generated_text"] is event["details"] is None for event in events)
    assert last == {
        "index": 4,
        "token": {"id": 257, "text": "", "logprob": -3.0, "special": True},
        "generated_text": "héhé",
        "details": None,
    }


@pytest.mark.parametrize(
    ("more", "text", "reason"),
    [
        ({}, "abc", "eos_token"),
        ({"max_new_tokens": 2}, "ab", "length"),
        ({"stop": ["c"]}, "ab", "stop_sequence"),
    ],
)
async def test_the_last_event_tells_the_whole_and_why_it_ended(
    service: Service, more: dict[str, Any], text: str, reason: str
) -> None:
    parameters = {"details": True, "return_full_text": False, **more}
    events = events_of(await service.post(W, {"inputs": "abc", "parameters": parameters, "stream": True}))
    assert "".join(event["token"]["text"] for event in events) == text
    assert [event["index"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["generated_text"] == text
    details = {"finish_reason": reason, "generated_tokens": len(events), "input_length": 3, "seed": None}
    assert events[-1]["details"] == details
    assert [event["generated_text"] for event in events[:-1]] == [None] * (len(events) - 1)


async def test_what_writes_whole_batches_streams_as_well(service: Service) -> None:
    events = events_of(await service.post(T, {"inputs": "abc", "stream": True, "parameters": {"seed": 3}}))
    assert [event["token"]["text"] for event in events] == ["a", "b", "c", ""]
    assert [event["generated_text"] for event in events] == [None, None, None, "abc"]
    beams = {"inputs": "abc", "stream": True, "parameters": {"num_beams": 2}}
    events = events_of(await service.post(T, beams))
    assert "".join(event["token"]["text"] for event in events) == "abc"
    assert events[-1]["generated_text"] == "abc"


STREAMED_LIST = "`stream` goes with one input, not with a list of them"
REFUSED: list[tuple[str, dict[str, Any], int, str, str]] = [
    (S, {"text": "a", "stream": True}, 400, "stream", "`stream`: the task text-classification answers in one piece"),
    (S, {"inputs": "a", "stream": True}, 422, "stream", "`stream`: the task text-classification answers in one piece"),
    (W, {"text": ["a"], "stream": True}, 400, "stream", STREAMED_LIST),
    (W, {"inputs": ["a", "b"], "stream": True}, 422, "stream", STREAMED_LIST),
    (W, {"inputs": "a", "stream": 1}, 422, "stream", "`stream` must be true or false"),
    (W, {"text": "a", "stream": "true"}, 400, "stream", "`stream` must be true or false"),
    (W, {"text": "", "stream": True}, 400, "text", "`text` must not be empty"),
    (
        W,
        {"inputs": "a", "stream": True, "parameters": {"best_of": 2}},
        422,
        "parameters.best_of",
        "`parameters.best_of` above 1 does not go with a stream: its events belong to one answer",
    ),
    (
        W,
        {"inputs": "a", "stream": True, "parameters": {"n": 2}},
        422,
        "parameters.n",
        "`parameters.n` above 1 does not go with a stream: its events belong to one answer",
    ),
    (
        W,
        {"text": "a", "stream": True, "generation_params": {"best_of": 2}},
        400,
        "generation_params.best_of",
        "`generation_params.best_of` does not go with a stream: the best is known at the end",
    ),
    # Found on the replica, before the first event:
    (
        W,
        {"text": "a", "stream": True, "generation_params": {"max_new_tokens": 5000}},
        400,
        "generation_params.max_new_tokens",
        "the prompt has 1 tokens and leaves room for 4095 new ones, max_new_tokens asks for 5000",
    ),
]


@pytest.mark.parametrize(("path", "body", "status", "field", "words"), REFUSED)
async def test_a_fault_before_the_first_event_is_an_ordinary_error(
    service: Service, path: str, body: dict[str, Any], status: int, field: str, words: str
) -> None:
    told = error(await service.post(path, body))
    assert (told[0], told[2], told[3]) == (status, words, field)
    assert told[1] in ("validation", "input_too_long")


async def test_streams_and_their_errors_are_counted() -> None:
    async with serving(stub("w", "generation")) as service:
        events_of(await service.post("/models/w", {"text": "a", "stream": True}))
        await service.post("/models/w", {"inputs": "[fail]", "stream": True})
        counted = service.meters.sum_of
        assert counted("serve_app_requests_total", "w", "native") == 1
        assert counted("serve_app_requests_total", "w", "huggingface") == 1
        assert counted("serve_app_errors_total", "w", "model_error") == 1
        assert counted("serve_app_request_seconds_total", "w") > 0
