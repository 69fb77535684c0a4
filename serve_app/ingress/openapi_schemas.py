"""The schemas that the OpenAPI description is made of: a task's own, a model's bounds, and errors."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from serve_app.config.schema import Server
from serve_app.ingress.entry import Entry
from serve_app.tasks.base import Task

Schema = dict[str, Any]
REF = "#/components/schemas/"
ERROR: Schema = {
    "type": "object",
    "required": ["error", "error_type"],
    "properties": {
        "error": {"type": "string"},
        "error_type": {"type": "string"},
        "field": {"type": "string", "description": "The field at fault"},
        "estimated_time": {"type": "number", "description": "Seconds until it is worth asking again"},
    },
}
OPENAI_ERROR: Schema = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"], "description": "The field at fault"},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
INFERENCE_ERROR: Schema = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
FAULTS: Schema = {"Error": ERROR, "OpenAIError": OPENAI_ERROR, "InferenceError": INFERENCE_ERROR}
_ERRORS: tuple[tuple[str, str], ...] = (
    ("400", "The body cannot be read, or a field of the native dialect is wrong"),
    ("404", "No such path or model"),
    ("405", "Wrong method"),
    ("413", "The body is too large"),
    ("415", "The body is not JSON"),
    ("422", "A field of the Hugging Face dialect is wrong"),
    ("429", "The model's queue is full; `Retry-After` says when to come back"),
    ("500", "The model or the server failed"),
    ("503", "The model is loading or has failed to load"),
    ("504", "No answer within the model's `timeout_s`"),
)


def one_input(task: Task) -> Schema:
    return {"$ref": f"{REF}{task.name}.Input"}


def inputs_of(entry: Entry, server: Server) -> Schema:
    """One input, or as many as the model and the server take."""
    most = min(entry.model.limits.max_items, server.max_items)
    many = {"type": "array", "items": one_input(entry.task), "minItems": 1, "maxItems": most}
    return {"oneOf": [one_input(entry.task), many]}


def params_of(entry: Entry) -> Schema:
    """The task's parameters; those that it needs and the config does not set are a request's to give."""
    needed = [name for name, field in entry.task.Params.model_fields.items() if field.is_required()]
    missing = [name for name in needed if name not in entry.model.hf_generation_kwargs]
    params: Schema = {"$ref": f"{REF}{entry.task.name}.Params", "default": entry.model.hf_generation_kwargs}
    return params | ({"required": missing} if missing else {})


def task_schemas(task: Task) -> Schema:
    """Input, parameters and output, by their names among the components."""
    types = {"Input": TypeAdapter(task.Input), "Params": TypeAdapter(task.Params), "Output": TypeAdapter(task.Output)}
    schemas: Schema = {}
    for kind, adapter in types.items():
        schema = adapter.json_schema(ref_template=REF + task.name + ".{model}")
        schemas |= {f"{task.name}.{name}": inner for name, inner in schema.pop("$defs", {}).items()}
        if kind == "Params":
            schema.pop("required", None)  # a config may set what a request then need not
        schemas[f"{task.name}.{kind}"] = schema
    return schemas


def replies(answers: Mapping[str, Schema], faults: str = "Error") -> Schema:
    """Everything that a POST may come back with; good answers by their media type."""
    content = {media_type: {"schema": schema} for media_type, schema in answers.items()}
    good = {"description": "The answer", "content": content}
    return {"200": good} | {status: failure(words, faults) for status, words in _ERRORS}


def failure(words: str, faults: str = "Error") -> Schema:
    return {"description": words, "content": {"application/json": {"schema": {"$ref": f"{REF}{faults}"}}}}
