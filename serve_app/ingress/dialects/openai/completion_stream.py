"""A completion as a stream: the texts piece by piece, why they ended, and the numbers of tokens."""

from collections.abc import Sequence
from typing import Any

from serve_app.errors import AppError
from serve_app.ingress.dialects.base import Writer
from serve_app.ingress.dialects.events import LAST, event
from serve_app.ingress.dialects.openai import logprobs
from serve_app.ingress.dialects.openai.completion_request import CompletionRequest
from serve_app.ingress.dialects.openai.errors import fault
from serve_app.ingress.dialects.openai.replies import Head, finish_of, usage_of
from serve_app.types import Chunk, Done, Written


class CompletionEvents(Writer):
    """Choices come mixed, each piece with the index of its own."""

    def __init__(self, request: CompletionRequest, head: Head, choices: int, echoed: str) -> None:
        self._request = request
        self._echoed = echoed
        self._told = [0] * choices
        usage = {"usage": None} if request.tells_usage else {}
        self._head = {**head.of("text_completion"), **usage}

    def begin(self) -> bytes:
        if not self._echoed:
            return b""
        return b"".join(self._event(index, self._echoed) for index in range(len(self._told)))

    def chunk(self, chunk: Chunk) -> bytes:
        told = self._request.logprobs is not None and chunk.tokens
        return self._event(chunk.choice, chunk.text, chunk.tokens) if chunk.text or told else b""

    def done(self, done: Done) -> bytes:
        details = done.output["details"]
        choices = enumerate(details["choices"])
        events = [self._event(index, "", finish=finish_of(choice)) for index, choice in choices]
        if self._request.tells_usage:
            events.append(event({**self._head, "choices": [], "usage": usage_of([details])}))
        return b"".join(events) + LAST

    def error(self, error: AppError) -> bytes:
        return event(fault(error)[1])

    def _event(self, index: int, text: str, tokens: Sequence[Written] = (), finish: str | None = None) -> bytes:
        told: Any = None
        if self._request.logprobs is not None and tokens:
            told = logprobs.of_completion(tokens, self._told[index])
        self._told[index] += len(text)
        choice = {"index": index, "text": text, "logprobs": told, "finish_reason": finish}
        return event({**self._head, "choices": [choice]})
