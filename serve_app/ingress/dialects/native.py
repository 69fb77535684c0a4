"""The original's dialect: `{"text": …, "generation_params": {…}}`."""

from collections.abc import Sequence
from typing import Any

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.dialects.base import Body, Call, Dialect
from serve_app.ingress.entry import Entry

_FIELDS = {"text", "generation_params"}


class Native(Dialect):
    """`text` is one string or a list; the reply keeps one shape for both."""

    name, mark = "native", "text"

    def read(self, body: Body, entry: Entry) -> Call:
        unknown = body.keys() - _FIELDS
        if unknown:
            field = sorted(unknown)[0]
            raise InvalidInput(
                f"`{field}` is not a field of a request; there are `text` and `generation_params`", field
            )
        inputs, single = entry.inputs(body["text"], "text")
        return Call(inputs, entry.params(body.get("generation_params"), "generation_params"), single)

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        task, model = entry.task, entry.model
        answers = [output.get(task.answer, output) if isinstance(output, dict) else output for output in outputs]
        info = {"model_name": model.hf_model_name, "task": model.hf_task}
        return {"response": {task.answer: answers[0] if call.single else answers, "model_info": info}}

    def status(self, error: AppError) -> int:
        return 400 if isinstance(error, InvalidInput) else error.status
