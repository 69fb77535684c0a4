"""The schemas that the hub publishes of each task, with what is known to be wrong in them put right."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft6Validator
from referencing import Registry, Resource

from tests import javascript

Schema = Mapping[str, Any]


def _in_list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema, "minItems": 1}


def _alone(schema: Schema) -> Schema:
    return {**schema["items"], "$id": schema["$id"], "$defs": schema.get("$defs", {})}


def _with_underscores(schema: Schema) -> Schema:
    text = json.dumps(schema).replace("tokenStr", "token_str").replace("generatedText", "generated_text")
    corrected: Schema = json.loads(text)
    return corrected


def _any_depth(schema: Schema) -> Schema:
    vector = {"type": "array", "items": {"type": "number"}, "minItems": 1}
    return {"anyOf": [vector, schema, {"type": "array", "items": schema}]}


CORRECTED: Mapping[str, tuple[Callable[[Schema], Schema], str]] = {
    "text-classification": (_in_list, "both clients take the labels out of a list with one place for each text"),
    "summarization": (_in_list, "both clients take the first of a list"),
    "translation": (_in_list, "both clients take the first of a list"),
    "text-generation": (_in_list, "text-generation-inference answers with a list at the root"),
    "fill-mask": (_with_underscores, "the clients read `token_str`"),
    "feature-extraction": (_any_depth, "one text that becomes one vector is answered by that vector"),
    "question-answering": (_alone, "one answer stands alone; only several are a list"),
    "table-question-answering": (_alone, "the Python client takes an object and no list"),
    "image-to-text": (
        lambda schema: _in_list(_with_underscores(schema)),
        "the clients read `generated_text`, Python's in a list and JavaScript's in an object",
    ),
}
"""How the published output differs from what the clients can read, and why."""

REFUSED: Mapping[str, Mapping[str, str]] = {
    "text-generation": {"watermark": "no mark is put into what is written"},
    "text-to-speech": {"generation_parameters": "the models that speak here (VITS) make a sound in one go"},
}
"""Published parameters that a task does not have, and why; one that is sent is a 422 with its name."""
ELSEWHERE: Mapping[str, frozenset[str]] = {"text-generation": frozenset({"stream"})}
"""What is published as a parameter and is none: the dialect itself reads it."""


@cache
def schema_of(task: str, part: str) -> Schema | None:
    """`input` or `output` of a task as published, or None where there is none."""
    javascript.install()
    file = javascript.PACKAGES / "tasks" / "src" / "tasks" / task / "spec" / f"{part}.json"
    return json.loads(file.read_text()) if file.exists() else None


def faults_in_reply(task: str, reply: Any, corrected: bool = True) -> list[str]:
    """What the schema says against a reply."""
    schema = schema_of(task, "output")
    assert schema is not None
    if corrected and task in CORRECTED:
        schema = CORRECTED[task][0](schema)
    return [error.message for error in _validator(schema).iter_errors(reply)]


def faults_in_request(task: str, body: Any) -> list[str]:
    """What the schema says against a request."""
    schema = schema_of(task, "input")
    assert schema is not None
    return [error.message for error in _validator(schema).iter_errors(body)]


def parameters_of(task: str) -> set[str]:
    """The names of all parameters in the published input."""
    schema = schema_of(task, "input")
    assert schema is not None
    return {name for name, part in schema["properties"].items() if name not in ("inputs", "parameters")} | {
        name for place in _resolved(schema["properties"].get("parameters", {}), schema) for name in place
    }


def _resolved(schema: Schema, whole: Schema) -> Iterator[Schema]:
    while (where := schema.get("$ref", "")).startswith("#/"):
        schema = whole["$defs"][where.rsplit("/", 1)[-1]]
    yield schema.get("properties", {})


def _validator(schema: Schema) -> Draft6Validator:
    return Draft6Validator(schema, registry=_registry())


@cache
def _registry() -> Any:
    javascript.install()
    file = javascript.PACKAGES / "tasks" / "src" / "tasks" / "common-definitions.json"
    common = json.loads(file.read_text())
    return Registry().with_resource("/inference/schemas/common-definitions.json", Resource.from_contents(common))
