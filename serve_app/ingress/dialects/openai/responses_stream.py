"""A response as a stream: an event for each beginning, each piece and each end, and the whole at last."""

from collections.abc import Iterable, Mapping

from serve_app.errors import AppError
from serve_app.ingress.dialects.base import Writer
from serve_app.ingress.dialects.openai.responses_events import Event, begins, ends, tells, whole
from serve_app.ingress.dialects.openai.responses_output import Kind, Outline
from serve_app.ingress.dialects.openai.responses_tokens import Saying
from serve_app.ingress.replies import json_bytes
from serve_app.types import Chunk, Done

_FAULT = "server_error"
# By the kinds of errors: clients know few codes.
_CODES: Mapping[str, str] = {
    "overloaded": "rate_limit_exceeded",
    "validation": "invalid_prompt",
    "input_too_long": "invalid_prompt",
}


class ResponseEvents(Writer):
    """What a client puts together from the events is what the last one holds."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._saying = Saying()
        self._begun: list[str] = []
        self._thoughts = ""
        self._number = 0

    def begin(self) -> bytes:
        response = self._outline.response("in_progress")
        return self._written({"type": f"response.{kind}", "response": response} for kind in ("created", "in_progress"))

    def chunk(self, chunk: Chunk) -> bytes:
        tokens = self._saying.of(chunk)
        kind: Kind = "reasoning" if chunk.part == "reasoning" else "message"
        # Who thinks again after the first words of the answer is told of as a whole at the end.
        if not chunk.text or (kind == "reasoning" and "message" in self._begun):
            return b""
        item, events = self._outline.item(kind), []
        if kind not in self._begun:
            events += ends(self._outline.item("reasoning", self._thoughts), 0) if self._begun else []
            events += begins(item, len(self._begun))
            self._begun.append(kind)
        if kind == "reasoning":
            self._thoughts += chunk.text
        return self._written([*events, tells(item, len(self._begun) - 1, chunk.text, self._outline.likely(tokens))])

    def done(self, done: Done) -> bytes:
        choice = done.output["details"]["choices"][0]
        items = sorted(self._outline.items(choice), key=lambda item: item["type"] not in self._begun)
        events: list[Event] = []
        for index, item in enumerate(items):
            if item["type"] not in self._begun:
                events += whole(item, index)
            elif item["type"] == self._begun[-1]:
                events += ends(item, index)
        response = self._outline.ended(items, choice)
        return self._written([*events, {"type": f"response.{response['status']}", "response": response}])

    def error(self, error: AppError) -> bytes:
        fault = {"code": _CODES.get(error.kind, _FAULT), "message": error.message}
        return self._written([{"type": "response.failed", "response": self._outline.response("failed", error=fault)}])

    def _written(self, events: Iterable[Event]) -> bytes:
        return b"".join(map(self._numbered, events))

    def _numbered(self, event: Event) -> bytes:
        number, self._number = self._number, self._number + 1
        content = json_bytes({**event, "sequence_number": number})
        return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), content)
