"""The Hugging Face dialect: `{"inputs": …, "parameters": {…}, "options": {…}, "stream": …}`."""

from collections.abc import Mapping, Sequence
from typing import Any

from serve_app.errors import InvalidInput
from serve_app.ingress.dialects.base import Body, Call, Dialect, Writer
from serve_app.ingress.dialects.events import STREAM, stream_schema, wants_stream
from serve_app.ingress.dialects.tokens import TokenEvents, answer_of, call_with
from serve_app.ingress.entry import Entry
from serve_app.refusals import brief
from serve_app.tasks.base import Task

OPTIONS: Mapping[str, str] = {
    "wait_for_model": "Rather wait for a model that loads than be told so, as long as the model's timeout_s",
    "use_cache": "Taken for compatibility: nothing is cached here",
    "use_gpu": "Taken for compatibility: the config says where a model runs",
    "dont_load_model": "Taken for compatibility: the config says which models are loaded",
}
# The Python client leaks the model's URL into the parameters of some tasks.
LEAKED = "model"
_FIELDS = ("inputs", "parameters", "options", STREAM)
_EXTRA: Mapping[str, Any] = {
    "model": {"description": "Taken for compatibility: the URL says which model answers"},
    "options": {
        "type": "object",
        "properties": {name: {"type": "boolean", "description": words} for name, words in OPTIONS.items()},
        "additionalProperties": False,
    },
}


class HuggingFace(Dialect):
    """What `huggingface_hub` and `@huggingface/inference` speak."""

    name, mark, parameters = "huggingface", "inputs", "parameters"

    def read(self, body: Body, entry: Entry) -> Call:
        given = body.get("parameters")
        beside = body.keys() - {*_FIELDS, "model"}
        if beside and entry.task.root_parameters:
            known = beside & entry.task.Params.model_fields.keys()
            beside -= known
            if known and isinstance(given, dict | None):
                given = {name: body[name] for name in known} | (given or {})
        if beside:
            field = brief(min(beside))
            fields = ", ".join(f"`{name}`" for name in _FIELDS)
            raise InvalidInput(f"`{field}` is not a field of a request; there are {fields}", field)
        if isinstance(given, dict) and LEAKED in given and LEAKED not in entry.task.Params.model_fields:
            given = {name: value for name, value in given.items() if name != LEAKED}
        inputs, single = entry.inputs(body["inputs"], "inputs")
        stream = wants_stream(body.get(STREAM), entry, single)
        params = entry.params(given, "parameters")
        return call_with(Call(inputs, params, single, _waits(body.get("options")), stream))

    def extra_fields(self, task: Task) -> dict[str, Any]:
        at_root = task.Params.model_json_schema()["properties"] if task.root_parameters else {}
        return {**at_root, **_EXTRA, STREAM: stream_schema(task)}

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        answers = [answer_of(call, output, entry.task.answer) for output in outputs]
        return answers if entry.task.listed or not call.single else answers[0]

    def stream(self, call: Call, entry: Entry) -> Writer:
        return TokenEvents(call, entry.task.answer)


def _waits(options: Any) -> bool:
    """Whether the caller would rather wait for the model than be refused; the rest has no meaning here."""
    if options is None:
        return False
    if not isinstance(options, dict):
        raise InvalidInput("`options` must be an object", "options")
    for key, value in options.items():
        field = f"options.{brief(key)}"
        if key not in OPTIONS:
            raise InvalidInput(f"`{field}` is not an option; there are {', '.join(OPTIONS)}", field)
        if not isinstance(value, bool):
            raise InvalidInput(f"`{field}` must be true or false", field)
    return bool(options.get("wait_for_model", False))
