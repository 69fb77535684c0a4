"""The parts of replies that the stub cannot be made to write: thoughts, and tokens of every kind."""

from typing import Any

from serve_app.errors import DeadlineExceeded
from serve_app.ingress.dialects.base import Call
from serve_app.ingress.dialects.openai import logprobs
from serve_app.ingress.dialects.openai.base import REQUEST, WANTED
from serve_app.ingress.dialects.openai.chat import Chat
from serve_app.ingress.dialects.openai.chat_request import ChatRequest
from serve_app.ingress.entry import Entry
from serve_app.tasks import TASKS
from serve_app.types import Chunk, Done, Written
from tests.ingress.openai.conftest import ECHO, told
from tests.ingress.reading import LAST
from tests.ingress.reading import told as events

ENTRY = Entry(ECHO, "serve-app")
CALLED = {"name": "f", "arguments": "{}"}


def call(**fields: Any) -> Call:
    request = ChatRequest(model="echo", messages=told("x"), **fields)
    return Call([], TASKS["text-generation"].Params(), True, asked={REQUEST: request, WANTED: 1})


def output(finish: str, content: str, thought: str | None = None, *calls: dict[str, str]) -> dict[str, Any]:
    message = {"content": content, "reasoning_content": thought, "tool_calls": list(calls)}
    choice = {
        "message": message,
        "finish_reason": finish,
        "generated_tokens": 3,
        "tokens": [],
        "top_tokens": [],
    }
    return {"message": message, "details": {"input_length": 5, "choices": [choice]}}


def test_thoughts_and_calls_in_a_message() -> None:
    [choice] = Chat().write(call(), [output("eos_token", "", "hm", CALLED)], ENTRY)["choices"]
    assert choice["finish_reason"] == "tool_calls"
    message = choice["message"]
    assert (message["content"], message["reasoning_content"], message["refusal"]) == (None, "hm", None)
    assert [each["function"] for each in message["tool_calls"]] == [CALLED]


def test_an_empty_answer_is_a_text_and_one_that_was_cut_says_so() -> None:
    [choice] = Chat().write(call(), [output("eos_token", "")], ENTRY)["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("", "stop")
    [choice] = Chat().write(call(), [output("length", "x", None, CALLED)], ENTRY)["choices"]
    assert choice["finish_reason"] == "length"
    [choice] = Chat().write(call(), [output("stop_sequence", "x")], ENTRY)["choices"]
    assert choice["finish_reason"] == "stop"


def test_thoughts_in_a_stream() -> None:
    writer = Chat().stream(call(stream=True), ENTRY)
    pieces = writer.chunk(Chunk("hm", part="reasoning")) + writer.chunk(Chunk("")) + writer.chunk(Chunk("so"))
    done = writer.done(Done(output("eos_token", "so", "hm", CALLED)))
    thought, content, calls, end, last = events((pieces + done).decode())
    assert thought["choices"][0]["delta"] == {"reasoning_content": "hm"}
    assert content["choices"][0]["delta"] == {"content": "so"}
    [told_call] = calls["choices"][0]["delta"]["tool_calls"]
    assert (told_call["index"], told_call["type"], told_call["function"]) == (0, "function", CALLED)
    assert end["choices"][0]["finish_reason"] == "tool_calls" and "usage" not in end
    assert last == LAST


def test_a_stream_that_fails_ends_without_the_proper_ending() -> None:
    writer = Chat().stream(call(stream=True), ENTRY)
    [told_error] = events(writer.error(DeadlineExceeded("too late")).decode())
    assert told_error["error"]["message"] == "too late"


def test_the_fingerprint_follows_the_settings() -> None:
    def fingerprint(**entry: Any) -> str:
        return Entry(ECHO.model_copy(update=entry), "serve-app").fingerprint

    assert fingerprint() == ENTRY.fingerprint != fingerprint(hf_generation_kwargs={"temperature": 1.0})


def test_tokens_that_say_nothing_are_left_out_and_impossible_ones_bounded() -> None:
    tokens = [
        Written(1, "h", -0.5, tops=(Written(1, "h", -0.5), Written(2, "\ufffd", float("-inf")))),
        Written(3, "", -1.0),
        Written(4, "é", -2.0),
        Written(5, "", -0.1, special=True),
    ]
    content = logprobs.of_chat(tokens)["content"]
    assert [(each["token"], each["logprob"], each["bytes"]) for each in content] == [
        ("h", -0.5, [104]), ("", -1.0, []), ("é", -2.0, [0xC3, 0xA9]),
    ]  # fmt: skip
    assert content[0]["top_logprobs"][1]["logprob"] == logprobs.LEAST
    assert logprobs.of_completion(tokens, 7) == {
        "tokens": ["h", "", "é"],
        "token_logprobs": [-0.5, -1.0, -2.0],
        "top_logprobs": [{"h": -0.5, "\ufffd": logprobs.LEAST}, {"": -1.0}, {"é": -2.0}],
        "text_offset": [7, 8, 8],
    }
