"""The OpenAPI description, made from the configured models and their tasks' own schemas."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter

from serve_app import __version__
from serve_app.config.schema import Server
from serve_app.ingress.dialects import DIALECTS
from serve_app.ingress.dialects.base import Dialect
from serve_app.ingress.entry import Entry
from serve_app.tasks.base import Task

Schema = dict[str, Any]
_REF = "#/components/schemas/"
_PAGES: tuple[tuple[str, str, str], ...] = (
    ("/", "index", "What is served here"),
    ("/health", "health", "Whether the server is alive"),
    ("/ready", "ready", "Whether every model has settled and at least one serves; with all=1 whether all serve"),
    ("/models", "models", "The models: name, task, endpoint, URL and state"),
    ("/registry/models", "registry", "The models as the original format lists them"),
    ("/models/{name}", "model", "State, reason, limits and revision of one model"),
)
_PARAMETERS: Schema = {
    "ready": {"name": "all", "in": "query", "schema": {"type": "string", "enum": ["1", "0"]}},
    "model": {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}},
}
_FAILURES: Schema = {"ready": ("503", "Not ready"), "model": ("404", "No such model")}
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
_ERROR: Schema = {
    "type": "object",
    "required": ["error", "error_type"],
    "properties": {
        "error": {"type": "string"},
        "error_type": {"type": "string"},
        "field": {"type": "string", "description": "The field at fault"},
        "estimated_time": {"type": "number", "description": "Seconds until it is worth asking again"},
    },
}


def describe(entries: Sequence[Entry], server: Server, base_url: str) -> Schema:
    """The whole document."""
    schemas: Schema = {"Error": _ERROR}
    paths: Schema = {path: {"get": _page(name, summary)} for path, name, summary in _PAGES}
    for entry in entries:
        schemas |= _task_schemas(entry.task)
        paths.setdefault(quote(entry.model.path), {})["post"] = _operation(entry, server)
    return {
        "openapi": "3.1.0",
        "info": {"title": "serve-app", "version": __version__},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _page(name: str, summary: str) -> Schema:
    reply = {"description": summary, "content": {"application/json": {"schema": {}}}}
    replies = {"200": reply}
    if name in _FAILURES:
        status, words = _FAILURES[name]
        replies[status] = _failure(words)
    page = {"operationId": name, "summary": summary, "tags": ["server"], "responses": replies}
    return page | ({"parameters": [_PARAMETERS[name]]} if name in _PARAMETERS else {})


def _operation(entry: Entry, server: Server) -> Schema:
    task, model = entry.task, entry.model
    value, params = task.example()
    return {
        "operationId": f"predict_{model.name}",
        "summary": model.description or f"{task.name} by {model.hf_model_name}",
        "tags": ["models"],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"oneOf": [_request(entry, server, dialect) for dialect in DIALECTS]},
                    "examples": {
                        dialect.name: {
                            "value": {dialect.mark: value} | ({dialect.parameters: params} if params else {})
                        }
                        for dialect in DIALECTS
                    },
                }
            },
        },
        "responses": {
            "200": {"description": "The answer", "content": {"application/json": {"schema": _reply(task)}}},
            **{status: _failure(words) for status, words in _ERRORS},
        },
    }


def _request(entry: Entry, server: Server, dialect: Dialect) -> Schema:
    task, model = entry.task, entry.model
    value = {"$ref": f"{_REF}{task.name}.Input"}
    many = {
        "type": "array",
        "items": value,
        "minItems": 1,
        "maxItems": min(model.limits.max_items, server.max_items),
    }
    params = {"$ref": f"{_REF}{task.name}.Params"}
    fields = dialect.extra_fields(task) | {
        dialect.mark: {"oneOf": [value, many]},
        dialect.parameters: params | {"default": model.hf_generation_kwargs},
    }
    return {"type": "object", "required": [dialect.mark], "properties": fields, "additionalProperties": False}


def _reply(task: Task) -> Schema:
    output = {"$ref": f"{_REF}{task.name}.Output"}
    many = {"type": "array", "items": output}
    info = {"type": "object", "properties": {"model_name": {"type": "string"}, "task": {"type": "string"}}}
    native = {
        "type": "object",
        "required": ["response"],
        "properties": {"response": {"type": "object", "properties": {task.answer: {}, "model_info": info}}},
    }
    return {"anyOf": [native, many] if task.listed else [native, output, many]}


def _task_schemas(task: Task) -> Schema:
    types = {"Input": TypeAdapter(task.Input), "Params": TypeAdapter(task.Params), "Output": TypeAdapter(task.Output)}
    schemas: Schema = {}
    for kind, adapter in types.items():
        schema = adapter.json_schema(ref_template=_REF + task.name + ".{model}")
        schemas |= {f"{task.name}.{name}": inner for name, inner in schema.pop("$defs", {}).items()}
        schemas[f"{task.name}.{kind}"] = schema
    return schemas


def _failure(words: str) -> Schema:
    return {"description": words, "content": {"application/json": {"schema": {"$ref": f"{_REF}Error"}}}}
