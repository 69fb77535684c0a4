"""The OpenAPI description, made from the configured models and their tasks' own schemas."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from serve_app import __version__
from serve_app.config.schema import Server
from serve_app.errors import InvalidInput
from serve_app.ingress.dialects import DIALECTS
from serve_app.ingress.dialects.events import answered
from serve_app.ingress.entry import Entry
from serve_app.ingress.openapi_behind import paths_behind, paths_of_all
from serve_app.ingress.openapi_inference import inference_paths
from serve_app.ingress.openapi_schemas import (
    FAULTS,
    REF,
    Schema,
    failure,
    inputs_of,
    params_of,
    replies,
    task_schemas,
)
from serve_app.tasks.base import Task

_PAGES: tuple[tuple[str, str, str], ...] = (
    ("/", "index", "What is served here"),
    ("/health", "health", "Whether the server is alive"),
    ("/ready", "ready", "Whether every model has settled and at least one serves; with all=1 whether all serve"),
    ("/models", "models", "The models: name, task, endpoint, URL and state"),
    ("/registry/models", "registry", "The models as the original format lists them"),
    ("/models/{name}", "model", "State, reason, limits and revision of one model"),
    ("/v1/models", "v1_models", "The models and their adapters, as OpenAI's clients list them"),
    ("/v1/models/{id}", "v1_model", "One of these"),
)
_PARAMETERS: Schema = {
    "ready": {"name": "all", "in": "query", "schema": {"type": "string", "enum": ["1", "0"]}},
    "model": {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}},
    "v1_model": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
}
_FAILURES: Mapping[str, tuple[str, ...]] = {
    "ready": ("503", "Not ready"),
    "model": ("404", "No such model"),
    "v1_model": ("404", "No such model", "OpenAIError"),
}
_FILE: Schema = {"type": "string", "format": "binary"}


def describe(entries: Sequence[Entry], server: Server, base_url: str) -> Schema:
    """The whole document."""
    schemas: Schema = {**FAULTS}
    paths: Schema = {path: {"get": _page(name, summary)} for path, name, summary in _PAGES}
    for entry in entries:
        schemas |= task_schemas(entry.task)
        paths.setdefault(quote(entry.model.path), {})["post"] = _operation(entry, server)
    for entry in entries:
        for path, item in paths_behind(entry):
            paths.setdefault(path, item)
    paths |= paths_of_all(entries) | inference_paths(entries)
    return {
        "openapi": "3.1.0",
        "info": {"title": "serve-app", "version": __version__},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _page(name: str, summary: str) -> Schema:
    reply = {"description": summary, "content": {"application/json": {"schema": {}}}}
    told = {"200": reply}
    if name in _FAILURES:
        status, *words = _FAILURES[name]
        told[status] = failure(*words)
    page = {"operationId": name, "summary": summary, "tags": ["server"], "responses": told}
    return page | ({"parameters": [_PARAMETERS[name]]} if name in _PARAMETERS else {})


def _operation(entry: Entry, server: Server) -> Schema:
    task, model = entry.task, entry.model
    inputs, params = inputs_of(entry, server), params_of(entry)
    body = {
        "schema": {"oneOf": [dialect.request_schema(task, inputs, params) for dialect in DIALECTS]},
        "examples": {dialect.name: {"value": dialect.example(task)} for dialect in DIALECTS},
    }
    return {
        "operationId": f"predict_{model.name}",
        "summary": model.description or f"{task.name} by {model.hf_model_name}",
        "tags": ["models"],
        "requestBody": {"required": True, "content": {"application/json": body} | _files(entry)},
        "responses": replies(answered(task, _reply(task)) | {kind: _FILE for kind in task.makes}),
    }


def _files(entry: Entry) -> Schema:
    """The body may be a file's own bytes where that is a whole input."""
    try:
        entry.inputs(b"\0", "inputs")
    except InvalidInput:
        return {}
    return {"application/octet-stream": {"schema": _FILE}} if entry.task.takes_bytes else {}


def _reply(task: Task) -> Schema:
    output = {"$ref": f"{REF}{task.name}.Output"}
    many = {"type": "array", "items": output}
    info = {"type": "object", "properties": {"model_name": {"type": "string"}, "task": {"type": "string"}}}
    native = {
        "type": "object",
        "required": ["response"],
        "properties": {"response": {"type": "object", "properties": {task.answer: {}, "model_info": info}}},
    }
    return {"anyOf": [native, many] if task.listed else [native, output, many]}
