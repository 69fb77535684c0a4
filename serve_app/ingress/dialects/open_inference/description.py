"""Inference requests and answers as OpenAPI describes them, and a request that always works."""

from typing import Any

from serve_app.ingress.dialects.inlining import inlined
from serve_app.ingress.dialects.open_inference.datatypes import BYTES, DATATYPES
from serve_app.ingress.dialects.open_inference.inputs import JSON, takes
from serve_app.ingress.dialects.open_inference.outputs import gives
from serve_app.ingress.dialects.open_inference.own_parameters import PARAMETERS, OwnParameters
from serve_app.ingress.dialects.open_inference.reading import datatypes_of
from serve_app.ingress.dialects.open_inference.request import Request
from serve_app.ingress.dialects.open_inference.schemas import Part
from serve_app.ingress.replies import json_bytes
from serve_app.tasks.base import Task

Schema = dict[str, Any]


def request_schema(task: Task, params: Schema) -> Schema:
    """The body's schema, with the names of this task's tensors."""
    schema = inlined(Request.model_json_schema())
    fields = schema["properties"]
    tensors = {"inputs": takes(task).all, "outputs": gives(task).names}
    for field, names in tensors.items():
        arrays = [fields[field], *fields[field].get("anyOf", ())]
        [items] = [array["items"]["properties"] for array in arrays if "items" in array]
        items["name"]["enum"] = [*names]
        if "datatype" in items:
            items["datatype"]["enum"] = [*DATATYPES]
    own = [{"type": "object", "required": [name]} for name in OwnParameters.model_fields]
    fields[PARAMETERS] = {"anyOf": [params, *own, {"type": "null"}], "description": fields[PARAMETERS]["description"]}
    return schema


def answer_schema(task: Task) -> Schema:
    tensor = {
        "type": "object",
        "required": ["name", "datatype", "shape"],
        "properties": {
            "name": {"type": "string", "enum": gives(task).names},
            "datatype": {"type": "string", "enum": [*DATATYPES]},
            "shape": {"type": "array", "items": {"type": "integer"}},
            "data": {"type": "array", "description": "The elements, row by row in one list"},
        },
    }
    head = {name: {"type": "string"} for name in ("model_name", "model_version", "id")}
    return {
        "type": "object",
        "required": ["model_name", "model_version", "outputs"],
        "properties": {**head, "outputs": {"type": "array", "items": tensor}},
    }


def example(task: Task) -> Schema:
    """One row, in a tensor for each part of the input."""
    value, params = task.example()
    told = {"inputs": tensors_of_one(task, value)}
    return told | ({PARAMETERS: params} if params else {})


def tensors_of_one(task: Task, value: Any) -> list[Schema]:
    """The tensors of a single input as JSON has it."""
    wants = takes(task)
    if isinstance(value, dict) and value.keys() <= wants.parts.keys():
        return [_tensor(name, wants.parts[name], part) for name, part in value.items()]
    text = [name for name, part in wants.whole.items() if not part.depth and BYTES in datatypes_of(part.kind)]
    if isinstance(value, str) and text:
        return [_tensor(text[0], wants.whole[text[0]], value)]
    return [_tensor(JSON, Part("json"), value)]


def _tensor(name: str, part: Part, value: Any) -> Schema:
    data = [json_bytes(value).decode()] if part.kind == "json" else [value]
    shape = [1]
    for _ in range(part.depth):
        shape.append(len(data[0]))
        data = [each for inner in data for each in inner]
    return {"name": name, "shape": shape, "datatype": datatypes_of(part.kind)[0], "data": data}
