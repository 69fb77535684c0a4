"""The original's dialect: `{"text": …, "generation_params": {…}}`."""

from collections.abc import Sequence
from typing import Any

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.dialects.base import Body, Call, Dialect
from serve_app.ingress.entry import Entry
from serve_app.refusals import brief


class Native(Dialect):
    """`text` is one string or a list; the reply keeps one shape for both."""

    name, mark, parameters = "native", "text", "generation_params"

    def read(self, body: Body, entry: Entry) -> Call:
        unknown = body.keys() - {self.mark, self.parameters}
        if unknown:
            field = brief(min(unknown))
            raise InvalidInput(
                f"`{field}` is not a field of a request; there are `{self.mark}` and `{self.parameters}`", field
            )
        inputs, single = entry.inputs(body[self.mark], self.mark)
        return Call(inputs, entry.params(body.get(self.parameters), self.parameters), single)

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        task, model = entry.task, entry.model
        answers = [output[task.answer] if _holds_only(output, task.answer) else output for output in outputs]
        info = {"model_name": model.hf_model_name, "task": model.hf_task}
        return {"response": {task.answer: answers[0] if call.single else answers, "model_info": info}}

    def status(self, error: AppError) -> int:
        return 400 if isinstance(error, InvalidInput) else error.status


def _holds_only(output: Any, word: str) -> bool:
    return isinstance(output, dict) and output.keys() == {word}
