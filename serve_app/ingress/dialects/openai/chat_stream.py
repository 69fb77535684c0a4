"""A chat as a stream: the roles, the message piece by piece, its calls, why it ended, and the numbers of tokens."""

from collections.abc import Mapping, Sequence
from typing import Any

from serve_app.errors import AppError
from serve_app.ingress.dialects.base import Writer
from serve_app.ingress.dialects.events import LAST, event
from serve_app.ingress.dialects.openai import logprobs
from serve_app.ingress.dialects.openai.chat_request import ChatRequest
from serve_app.ingress.dialects.openai.errors import fault
from serve_app.ingress.dialects.openai.replies import Head, finish_of, new_call_id, usage_of
from serve_app.types import Chunk, Done, Written

# By the parts of an answer.
_WORDS: Mapping[str, str] = {"content": "content", "reasoning": "reasoning_content"}


class ChatEvents(Writer):
    """Choices come mixed, each piece with the index of its own."""

    def __init__(self, request: ChatRequest, head: Head, choices: int) -> None:
        self._request = request
        self._choices = choices
        usage = {"usage": None} if request.tells_usage else {}
        self._head = {**head.of("chat.completion.chunk"), **usage}

    def begin(self) -> bytes:
        role = {"role": "assistant", "content": ""}
        return b"".join(self._event(index, role) for index in range(self._choices))

    def chunk(self, chunk: Chunk) -> bytes:
        delta = {_WORDS[chunk.part]: chunk.text} if chunk.text else {}
        told = self._request.logprobs and chunk.tokens
        return self._event(chunk.choice, delta, chunk.tokens) if delta or told else b""

    def done(self, done: Done) -> bytes:
        details = done.output["details"]
        events = []
        for index, choice in enumerate(details["choices"]):
            calls = choice["message"]["tool_calls"][: self._request.most_calls]
            if calls:
                events.append(self._event(index, {"tool_calls": [_call(*each) for each in enumerate(calls)]}))
            events.append(self._event(index, {}, finish=finish_of(choice, bool(calls))))
        if self._request.tells_usage:
            events.append(event({**self._head, "choices": [], "usage": usage_of([details])}))
        return b"".join(events) + LAST

    def error(self, error: AppError) -> bytes:
        return event(fault(error)[1])

    def _event(
        self, index: int, delta: Mapping[str, Any], tokens: Sequence[Written] = (), finish: str | None = None
    ) -> bytes:
        told = logprobs.of_chat(tokens) if self._request.logprobs and tokens else None
        choice = {"index": index, "delta": delta, "logprobs": told, "finish_reason": finish}
        return event({**self._head, "choices": [choice]})


def _call(index: int, call: Mapping[str, Any]) -> dict[str, Any]:
    return {"index": index, "id": new_call_id(), "type": "function", "function": dict(call)}
