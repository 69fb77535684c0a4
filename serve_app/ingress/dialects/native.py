"""The original's dialect: `{"text": …, "generation_params": {…}, "stream": …}`."""

from collections.abc import Sequence
from typing import Any

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.dialects.base import Body, Call, Dialect, Writer
from serve_app.ingress.dialects.events import LAST, STREAM, event, stream_schema, wants_stream
from serve_app.ingress.entry import Entry
from serve_app.ingress.replies import error_body
from serve_app.refusals import brief
from serve_app.tasks.base import Task
from serve_app.types import Chunk, Done


class Native(Dialect):
    """`text` is one string or a list; the reply keeps one shape for both."""

    name, mark, parameters = "native", "text", "generation_params"

    def read(self, body: Body, entry: Entry) -> Call:
        unknown = body.keys() - {self.mark, self.parameters, STREAM}
        if unknown:
            field, fields = brief(min(unknown)), f"`{self.mark}`, `{self.parameters}` and `{STREAM}`"
            raise InvalidInput(f"`{field}` is not a field of a request; there are {fields}", field)
        inputs, single = entry.inputs(body[self.mark], self.mark)
        params = entry.params(body.get(self.parameters), self.parameters)
        stream = wants_stream(body.get(STREAM), entry, single)
        if stream and getattr(params, "sequences", 1) > (getattr(params, "n", None) or 1):
            field = f"{self.parameters}.best_of"
            raise InvalidInput(f"`{field}` does not go with a stream: the best is known at the end", field)
        return Call(inputs, params, single, stream=stream)

    def extra_fields(self, task: Task) -> dict[str, Any]:
        return {STREAM: stream_schema(task)}

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        task, model = entry.task, entry.model
        answers = [output[task.answer] if _holds_only(output, task.answer) else output for output in outputs]
        info = {"model_name": model.hf_model_name, "task": model.hf_task}
        return {"response": {task.answer: answers[0] if call.single else answers, "model_info": info}}

    def stream(self, call: Call, entry: Entry) -> Writer:
        return _Pieces(self, call, entry)

    def fault(self, error: AppError) -> tuple[int, Body]:
        return 400 if isinstance(error, InvalidInput) else error.status, error_body(error)


class _Pieces(Writer):
    """`{"text": …}` for each piece, and at last the reply as it is without a stream."""

    def __init__(self, dialect: Native, call: Call, entry: Entry) -> None:
        self._dialect, self._call, self._entry = dialect, call, entry
        self._numbered = (getattr(call.params, "n", None) or 1) > 1

    def chunk(self, chunk: Chunk) -> bytes:
        if not chunk.text:
            return b""
        word = "reasoning" if chunk.part == "reasoning" else "text"
        return event({word: chunk.text} | ({"choice": chunk.choice} if self._numbered else {}))

    def done(self, done: Done) -> bytes:
        return event(self._dialect.write(self._call, [done.output], self._entry)) + LAST

    def error(self, error: AppError) -> bytes:
        return event(self._dialect.fault(error)[1])


def _holds_only(output: Any, word: str) -> bool:
    return isinstance(output, dict) and output.keys() == {word}
