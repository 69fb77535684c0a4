"""Responses as streams: every event as the client's own types have it, and put together by its own helper."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import httpx2
import openai
import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from serve_app.errors import AppError, DeadlineExceeded, InputTooLong, Overloaded
from serve_app.ingress.dialects.base import Writer
from serve_app.ingress.dialects.openai.responses import Responses
from serve_app.ingress.entry import Entry
from serve_app.types import Chunk, Done, Written
from tests.ingress.openai.conftest import said
from tests.ingress.service import APPLICATION, stub

TOOLS: list[Any] = [{"type": "function", "name": "add", "parameters": {"type": "object"}, "strict": False}]
CALL = '<tool_call>{"name": "add", "arguments": {"a": %d}}</tool_call>'
STREAM_EVENT: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)


def kinds_of(events: Sequence[Any]) -> list[str]:
    """The types of the events in order, those of pieces once for a run of them."""
    kinds = [event.type.removeprefix("response.") for event in events]
    return [kind for kind, before in zip(kinds, ["", *kinds], strict=False) if kind != before or "delta" not in kind]


def check(events: Sequence[Any]) -> None:
    """The numbers go up, and each is what its type says."""
    assert [event.sequence_number for event in events] == list(range(len(events)))
    for event in events:
        STREAM_EVENT.validate_python(event.to_dict())


def test_the_events_of_a_message(client: openai.OpenAI) -> None:
    events: list[Any] = list(client.responses.create(model="echo", input="hé", stream=True))
    check(events)
    assert kinds_of(events) == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta",
        "output_text.done", "content_part.done", "output_item.done", "completed",
    ]  # fmt: skip
    created, _, added, part, *pieces, text, ended, item, completed = events
    assert (created.response.status, created.response.output, created.response.usage) == ("in_progress", [], None)
    assert (added.item.status, added.item.content, part.part.text) == ("in_progress", [], "")
    assert "".join(piece.delta for piece in pieces) == text.text == ended.part.text == said("hé")
    whole = completed.response
    assert (whole.id, whole.status, whole.output_text) == (created.response.id, "completed", said("hé"))
    assert whole.output == [item.item] and item.item.id == added.item.id
    assert {event.item_id for event in (part, *pieces, text, ended)} == {added.item.id}
    size = len(said("hé").encode())
    assert (whole.usage.input_tokens, whole.usage.output_tokens) == (size, size + 1)
    alone = client.responses.create(model="echo", input="hé")
    names = {"id", "created_at", "completed_at", "output"}
    assert whole.model_dump(exclude=names) == alone.model_dump(exclude=names)


def test_the_events_of_calls(client: openai.OpenAI) -> None:
    asked: Any = {"model": "echo", "input": CALL % 1 + CALL % 2, "tools": TOOLS}
    events: list[Any] = list(client.responses.create(**asked, stream=True))
    check(events)
    of_call = [
        "output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done",
    ]  # fmt: skip
    assert kinds_of(events)[-9:] == [*of_call, *of_call, "completed"]
    first, second = (events[-9:-5], events[-5:-1])
    for number, (added, delta, done, item) in enumerate((first, second), 1):
        assert (added.item.arguments, added.item.status, added.output_index) == ("", "in_progress", number)
        assert json.loads(delta.delta) == json.loads(done.arguments) == json.loads(item.item.arguments) == {"a": number}
        assert added.item.call_id == item.item.call_id and added.item.id == delta.item_id == item.item.id
    assert [item.to_dict() for item in events[-1].response.output[1:]] == [
        first[3].item.to_dict(), second[3].item.to_dict(),
    ]  # fmt: skip


def test_events_have_their_names_on_the_wire(url: str) -> None:
    reply = httpx2.post(f"{url}/models/echo/v1/responses", json={"input": "a", "stream": True})
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    blocks = reply.text.removesuffix("\n\n").split("\n\n")
    for number, block in enumerate(blocks):
        name, data = block.split("\n")
        told = json.loads(data.removeprefix("data: "))
        assert (name, told["sequence_number"]) == (f"event: {told['type']}", number)
    assert "[DONE]" not in reply.text


class Mood(BaseModel):
    """The form of an answer."""

    fine: Literal[True, False]


def test_the_client_s_own_helpers(client: openai.OpenAI) -> None:
    asked: Any = {"model": "echo", "input": CALL % 7, "tools": TOOLS}
    with client.responses.stream(**asked) as stream:
        snapshots = [event.snapshot for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert snapshots[-1] == final.output_text and final.output_text.startswith("tools: ")
    assert final.output[1].to_dict()["arguments"] == '{"a": 7}'
    parsed = client.responses.parse(model="small", input="hi", max_output_tokens=60, text_format=Mood)
    assert isinstance(parsed.output_parsed, Mood)
    with client.responses.stream(model="small", input="hi", max_output_tokens=60, text_format=Mood) as stream:
        assert stream.get_final_response().output_parsed == parsed.output_parsed


async def test_the_asynchronous_helper(url: str) -> None:
    async with (
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client,
        client.responses.stream(model="echo", input="hi") as stream,
    ):
        kinds = [event.type async for event in stream]
        final = await stream.get_final_response()
    assert (kinds[0], kinds[-1], final.output_text) == ("response.created", "response.completed", said("hi"))


def writer_of(**body: Any) -> Writer:
    dialect, entry = Responses(), Entry(stub("echo", "generation"), APPLICATION)
    return dialect.stream(dialect.read({"input": "hi", "stream": True, **body}, entry), entry)


def choice(thoughts: str | None, content: str, *calls: str, **more: Any) -> Done:
    """A whole answer as the task tells it."""
    message = {
        "content": content,
        "reasoning_content": thoughts,
        "tool_calls": [{"name": name, "arguments": "{}"} for name in calls],
    }
    details = {
        **{"finish_reason": "eos_token", "generated_tokens": 9, "input_length": 2, "reasoning_tokens": 5},
        **{"tokens": [], "top_tokens": [], **more},
    }
    return Done(
        {"generated_text": content, "message": message, "details": {"choices": [{"message": message, **details}]}}
    )


def put_together(*written: bytes) -> tuple[list[Any], Response]:
    """What the client's helper makes of these events, and the response of the last one."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=b"".join(written))

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    with openai.OpenAI(base_url="http://test/v1", api_key="none", http_client=http) as client:
        raw: list[Any] = list(client.responses.create(model="echo", input="hi", stream=True))
        check(raw)
        with client.responses.stream(model="echo", input="hi") as stream:
            events: list[Any] = list(stream)
    assert [event.type for event in events] == [event.type for event in raw]
    return raw, raw[-1].response


def test_the_events_of_thoughts() -> None:
    writer = writer_of()
    chunks = [Chunk("hm", part="reasoning"), Chunk(" well", part="reasoning"), Chunk("It "), Chunk("is.")]
    written = [writer.begin(), *map(writer.chunk, chunks), writer.done(choice("hm well", "It is.", "add"))]
    events, response = put_together(*written)
    assert kinds_of(events) == [
        "created", "in_progress",
        "output_item.added", "content_part.added", "reasoning_text.delta",
        "reasoning_text.done", "content_part.done", "output_item.done",
        "output_item.added", "content_part.added", "output_text.delta",
        "output_text.done", "content_part.done", "output_item.done",
        "output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done",
        "completed",
    ]  # fmt: skip
    indexes = [event.output_index for event in events[2:-1]]
    assert indexes == sorted(indexes) and set(indexes) == {0, 1, 2}
    ended = [event.item.to_dict() for event in events if event.type == "response.output_item.done"]
    assert ended == [item.to_dict() for item in response.output]
    thoughts, message, call = ended
    assert thoughts["content"] == [{"type": "reasoning_text", "text": "hm well"}]
    assert (thoughts["id"][:3], thoughts["summary"], thoughts["status"]) == ("rs_", [], "completed")
    assert (message["content"][0]["text"], call["name"]) == ("It is.", "add")
    assert response.usage is not None and response.usage.output_tokens_details.reasoning_tokens == 5


@pytest.mark.parametrize(
    ("chunks", "done", "types", "statuses"),
    [
        ([], choice(None, ""), ["message"], ["completed"]),
        ([], choice(None, "", "add"), ["function_call"], ["completed"]),
        ([Chunk("hm", part="reasoning")], choice("hm", "", finish_reason="length"), ["reasoning"], ["incomplete"]),
        (
            [Chunk("hm", part="reasoning"), Chunk("a")],
            choice("hm", "a", finish_reason="length"),
            ["reasoning", "message"],
            ["completed", "incomplete"],
        ),
        # A model that thinks only after its first words.
        (
            [Chunk("a"), Chunk("hm", part="reasoning"), Chunk("b")],
            choice("hm", "ab"),
            ["message", "reasoning"],
            ["completed", "completed"],
        ),
    ],
)
def test_odd_answers(chunks: list[Chunk], done: Done, types: list[str], statuses: list[str]) -> None:
    writer = writer_of()
    events, response = put_together(writer.begin(), *map(writer.chunk, chunks), writer.done(done))
    assert [item.type for item in response.output] == types
    assert [item.to_dict()["status"] for item in response.output] == statuses
    ended = {event.output_index: event.item for event in events if event.type == "response.output_item.done"}
    assert [ended[index] for index in range(len(types))] == response.output
    added = [event.output_index for event in events if event.type == "response.output_item.added"]
    assert added == list(range(len(types)))


def tokens() -> Iterator[Written]:
    """Thoughts, their mark, two bytes of a character, a call that is not shown, and the end."""
    for id, text in enumerate(("hm", "!", "", "", "é", "a", "", "")):
        yield Written(id, text, -float(id), special=id == 7)


def test_only_what_is_said_has_its_likelihood_told() -> None:
    writer = writer_of(include=["message.output_text.logprobs"])
    said = list(tokens())
    chunks = [
        Chunk("hm!", tuple(said[:2]), part="reasoning"),
        Chunk("é", tuple(said[2:5])),
        Chunk("a", tuple(said[5:])),
    ]
    shown = [{"id": each.id, "text": each.text, "logprob": each.logprob, "special": each.special} for each in said]
    written = [writer.begin(), *map(writer.chunk, chunks), writer.done(choice("hm!", "éa", tokens=shown))]
    events, response = put_together(*written)
    told = [each for event in events if event.type == "response.output_text.delta" for each in event.logprobs]
    assert [(each.token, each.logprob) for each in told] == [("é", -4.0), ("a", -5.0)]
    message: Any = response.output[1]
    assert [(each.token, each.logprob) for each in message.content[0].logprobs] == [("é", -4.0), ("a", -5.0)]
    assert message.content[0].logprobs[0].bytes == [0xC3, 0xA9]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DeadlineExceeded("too late"), "server_error"),
        (Overloaded("come back"), "rate_limit_exceeded"),
        (InputTooLong("too long", "input"), "invalid_prompt"),
    ],
)
def test_a_stream_that_fails_says_so(error: AppError, code: str) -> None:
    writer = writer_of()
    events, response = put_together(writer.begin(), writer.chunk(Chunk("a")), writer.error(error))
    assert events[-1].type == "response.failed" and events[-1].sequence_number == 5
    assert response.error is not None
    assert (response.status, response.error.code, response.error.message) == ("failed", code, error.message)
