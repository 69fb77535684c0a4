"""Reads one block of the YAML by its schema: its faults in words, and what is right of it for further checks."""

import re
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from serve_app.config.faults import Fault, join
from serve_app.config.schema import HOST_PATTERN, NAME_PATTERN
from serve_app.config.spelling import advise, found, nearest

T = TypeVar("T", bound=BaseModel)
Location = tuple[str | int, ...]

EXPECTED: dict[str, str] = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "string_too_short": "text of at least {min_length} character",
    "string_too_long": "text of at most {max_length} characters",
    "too_short": "at least {min_length} entry",
    "literal_error": "{expected}",
}
PATTERNS = {
    NAME_PATTERN: "a name that starts with no space and holds no '#', '?', '%', tab or line break",
    HOST_PATTERN: "a host such as images.example.com or 10.0.0.5:8000, without http:// and without a path",
}


@dataclass(frozen=True)
class Reading(Generic[T]):
    """What was read: the block with its faulty values left out, unless nothing is left, and the faults."""

    value: T | None
    faults: tuple[Fault, ...]


def read_section(schema: type[T], raw: Any, where: str) -> Reading[T]:
    """Check a block against its schema."""
    try:
        return Reading(schema.model_validate(raw), ())
    except ValidationError as error:
        faults = tuple(_told(schema, raw, where, error))
        return Reading(_salvaged(schema, raw, error), faults)


def _told(schema: type[BaseModel], raw: Any, where: str, error: ValidationError) -> list[Fault]:
    """One fault a place: the branches of a union become one expectation."""
    faults: dict[str, Fault] = {}
    for detail in error.errors(include_url=False):
        location = _location(raw, detail)
        fault = _fault(schema, join(where, *location), location, detail)
        earlier = faults.get(fault.path)
        if earlier and (expected := _expected(detail)) and expected not in earlier.message:
            fault = earlier._replace(message=earlier.message.replace(", found ", f" or {expected}, found ", 1))
        faults[fault.path] = earlier if earlier and not _expected(detail) else fault
    return list(faults.values())


def _fault(schema: type[BaseModel], path: str, location: Location, detail: ErrorDetails) -> Fault:
    value = detail["input"]
    match detail["type"]:
        case "missing":
            return Fault(path, "is required, and missing", _description(schema, location))
        case "extra_forbidden":
            return Fault(
                path, f"unknown key {found(location[-1])}", _known(_class_at(schema, location[:-1]), location[-1])
            )
        case "literal_error":
            choices = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
            return Fault(path, f"expected {_expected(detail)}, found {found(value)}", advise(value, choices))
        case _ if expected := _expected(detail):
            return Fault(path, f"expected {expected}, found {found(value)}", _quoting(detail))
        case _:
            return Fault(path, detail["msg"].removeprefix("Value error, "))


def _expected(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    if detail["type"] == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], f"text like {context['pattern']}")
    return EXPECTED.get(detail["type"], "").format(**context)


def _quoting(detail: ErrorDetails) -> str:
    """YAML reads `name: 7` as a number and `name: on` as true: quotes make it text, and no quotes a number."""
    value = detail["input"]
    if detail["type"] == "string_type" and isinstance(value, bool | int | float):
        return "put it in quotes"
    number = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value)
    return "write it without quotes" if number and detail["type"] in ("int_type", "float_type") else ""


def _location(raw: Any, detail: ErrorDetails) -> Location:
    """The place in the file, without the names that pydantic gives to branches of unions and to keys."""
    location: list[str | int] = []
    for part in detail["loc"]:
        present = part in raw if isinstance(raw, dict) else isinstance(raw, list | tuple) and isinstance(part, int)
        if present:
            raw = raw[part]
            location.append(part)
        elif detail["type"] == "missing":
            location.append(part)
    return tuple(location)


def _salvaged(schema: type[T], raw: Any, error: ValidationError) -> T | None:
    """The block without what is wrong in it, so that what hangs together can still be checked."""
    raw = deepcopy(raw)
    for attempt in range(4):
        for number, detail in enumerate(error.errors(include_url=False)):
            location = _location(raw, detail)
            # Inside a list nothing can be left out without moving the rest, so the whole list goes.
            while location and isinstance(location[-1], int):
                location = location[:-1]
            if not location:
                return None
            parent = raw
            for part in location[:-1]:
                parent = parent[part]
            if detail["type"] == "missing":
                parent[location[-1]] = f"missing-{attempt}-{number}"
            else:
                parent.pop(location[-1], None)
        try:
            return schema.model_validate(raw)
        except ValidationError as again:
            error = again
    return None


def _class_at(schema: type[BaseModel], location: Location) -> type[BaseModel]:
    for part in location:
        if part in schema.model_fields:
            schema = _class_in(schema.model_fields[str(part)].annotation) or schema
    return schema


def _class_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((inner for part in get_args(annotation) if (inner := _class_in(part))), None)


def _known(schema: type[BaseModel], word: str | int) -> str:
    """What is known at a level; a key that belongs one level deeper is named with its block."""
    for name, field in schema.model_fields.items():
        inner = _class_in(field.annotation)
        if inner and word in inner.model_fields:
            return f"did you mean '{name}.{word}'?"
    close = nearest(word, schema.model_fields)
    return f"did you mean '{close}'?" if close else f"known keys: {', '.join(schema.model_fields) or 'none'}"


def _description(schema: type[BaseModel], location: Location) -> str:
    field = _class_at(schema, location[:-1]).model_fields.get(str(location[-1]))
    return (field.description or "") if field else ""
