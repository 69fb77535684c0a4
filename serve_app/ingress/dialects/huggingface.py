"""The Hugging Face dialect: `{"inputs": …, "parameters": {…}, "options": {…}}`."""

from collections.abc import Mapping, Sequence
from typing import Any

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.dialects.base import Body, Call, Dialect
from serve_app.ingress.entry import Entry

_FIELDS = {"inputs", "parameters", "options", "model"}
_OPTIONS = {"wait_for_model", "use_cache", "use_gpu", "dont_load_model"}


class HuggingFace(Dialect):
    """What `huggingface_hub` and `@huggingface/inference` speak."""

    name, mark = "huggingface", "inputs"

    def read(self, body: Body, entry: Entry) -> Call:
        given = body.get("parameters")
        beside = {key: value for key, value in body.items() if key not in _FIELDS}
        if body.get("stream") is False:
            del beside["stream"]
        if beside and entry.task.root_parameters:
            known = {key: value for key, value in beside.items() if key in entry.task.Params.model_fields}
            given = {**known, **(given or {})}
            beside = {key: value for key, value in beside.items() if key not in known}
        if beside:
            field = sorted(beside)[0]
            fields = "`inputs`, `parameters` and `options`"
            raise InvalidInput(f"`{field}` is not a field of a request; there are {fields}", field)
        inputs, single = entry.inputs(body["inputs"], "inputs")
        if isinstance(given, dict):
            given = {key: value for key, value in given.items() if value is not None}
        params = entry.params(given, "parameters")
        return Call(inputs, params, single, _options(body.get("options")))

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        return list(outputs) if entry.task.listed or not call.single else outputs[0]

    def status(self, error: AppError) -> int:
        return error.status


def _options(options: Any) -> bool:
    """Whether the caller would rather wait for the model than be refused; the rest has no meaning here."""
    if options is None:
        return False
    if not isinstance(options, Mapping):
        raise InvalidInput("`options` must be an object", "options")
    for key, value in options.items():
        if key not in _OPTIONS:
            raise InvalidInput(
                f"`options.{key}` is not an option; there are {', '.join(sorted(_OPTIONS))}", f"options.{key}"
            )
        if not isinstance(value, bool):
            raise InvalidInput(f"`options.{key}` must be true or false", f"options.{key}")
    return bool(options.get("wait_for_model", False))
