"""The paths of text-generation-inference itself: one input, and an object or a stream for it."""

from collections.abc import Sequence
from typing import Any

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.dialects.base import Body, Call
from serve_app.ingress.dialects.events import STREAM, streams
from serve_app.ingress.dialects.huggingface import HuggingFace
from serve_app.ingress.dialects.tokens import error_words
from serve_app.ingress.entry import Entry
from serve_app.tasks.base import Task

_FULL_TEXT = "return_full_text"


class Generate(HuggingFace):
    """`/generate`: as the model's own URL, but without the list around the answer and without the prompt in it."""

    name = "tgi"
    streaming = False

    def read(self, body: Body, entry: Entry) -> Call:
        if self.mark not in body:
            raise InvalidInput(f"`{self.mark}` is missing", self.mark)
        if isinstance(body[self.mark], list):
            raise InvalidInput(f"`{self.mark}` must be one input, not a list", self.mark)
        if (asked := body.get(STREAM)) is not None and asked is not self.streaming:
            raise InvalidInput(f"`{STREAM}` is not for this path: there are /generate and /generate_stream", STREAM)
        given = body.get(self.parameters)
        own = entry.task.Params.model_fields.keys() & {_FULL_TEXT} - entry.model.hf_generation_kwargs.keys()
        if own and isinstance(given, dict | None) and (given or {}).get(_FULL_TEXT) is None:
            given = {**(given or {}), _FULL_TEXT: False}
        return super().read({**body, self.parameters: given, STREAM: self.streaming}, entry)

    def extra_fields(self, task: Task) -> dict[str, Any]:
        return {**super().extra_fields(task), STREAM: {"enum": [self.streaming, None]}}

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        return super().write(call._replace(single=False), outputs, entry)[0]

    def fault(self, error: AppError) -> tuple[int, Body]:
        return error.status, error_words(error)

    def serves(self, task: Task) -> bool:
        return streams(task) and task.answer == "generated_text"


class GenerateStream(Generate):
    """`/generate_stream`: an event for each token."""

    streaming = True
