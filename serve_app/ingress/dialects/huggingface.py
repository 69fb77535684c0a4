"""The Hugging Face dialect: `{"inputs": …, "parameters": {…}, "options": {…}, "stream": …}`."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from serve_app.ingress.dialects.base import Body, Call, Dialect, Writer
from serve_app.ingress.dialects.events import STREAM, stream_schema, wants_stream
from serve_app.ingress.dialects.options import SCHEMA, waits
from serve_app.ingress.dialects.root import INPUTS, MODEL, PARAMETERS, inputs_of, parameters_of
from serve_app.ingress.dialects.tokens import TokenEvents, answer_of, call_with
from serve_app.ingress.entry import Entry
from serve_app.tasks.base import Task
from serve_app.tasks.media.output import Blob

_FIELDS = (INPUTS, PARAMETERS, "options", STREAM)
_EXTRA: Mapping[str, Any] = {
    MODEL: {"description": "Taken for compatibility: the URL says which model answers"},
    "options": SCHEMA,
}
_PART: Mapping[str, Any] = {"description": "This part of the input; it may stand in `inputs` as well"}
BARE: Mapping[str, str] = {"image-to-text": "@huggingface/inference/"}
"""How the User-Agent begins of who takes a task's single answer without the list that the other clients need."""
_NOBODY = "-"


class HuggingFace(Dialect):
    """What `huggingface_hub` and `@huggingface/inference` speak."""

    name, mark, parameters = "huggingface", INPUTS, PARAMETERS

    def knows(self, body: Body, task: Task) -> bool:
        return self.mark in body or not body.keys().isdisjoint(task.root_input)

    def read(self, body: Body, entry: Entry) -> Call:
        task = entry.task
        given = parameters_of(body, task, _FIELDS)
        inputs, single = entry.inputs(inputs_of(body, task), INPUTS)
        stream = wants_stream(body.get(STREAM), entry, single)
        params = entry.params(given, PARAMETERS)
        return call_with(Call(inputs, params, single, waits(body.get("options")), stream))

    def extra_fields(self, task: Task) -> dict[str, Any]:
        at_root = task.Params.model_json_schema()["properties"] if task.root_parameters else {}
        at_root |= {name: _PART for name in task.root_input}
        return {**at_root, **_EXTRA, STREAM: stream_schema(task)}

    def request_schema(self, task: Task, value: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        schema = super().request_schema(task, value, params)
        if not task.root_input:
            return schema
        others = [name for name in schema["required"] if name != self.mark]
        return {**schema, "required": others, "anyOf": [{"required": [self.mark]}, {"required": [*task.root_input]}]}

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        task = entry.task
        answers = [answer_of(call, output, task.answer) for output in outputs]
        listed = task.listed and not call.client.startswith(BARE.get(task.name, _NOBODY))
        return answers if listed or not call.single else answers[0]

    def reply(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Response:
        if call.single and isinstance(outputs[0], Blob):
            return Response(outputs[0].data, media_type=outputs[0].media_type)
        return super().reply(call, outputs, entry)

    def stream(self, call: Call, entry: Entry) -> Writer:
        return TokenEvents(call, entry.task.answer)
