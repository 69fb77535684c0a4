"""Everything that can be wrong with a field, made from the JSON schema that a task publishes of it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

Path = tuple[str | int, ...]
Schema = Mapping[str, Any]
Put = Callable[[Any], Any]
Examples = Sequence[Any]
MILLION = 1_000_000
_PART = "the part"


class Mutation(NamedTuple):
    """A value that is right but for one part of it."""

    path: Path
    what: str
    part: Any
    put: Put
    """Makes the whole around the part."""
    outside: bool = False
    """It is outside of what the schema publishes, so that it must be refused."""

    @property
    def field(self) -> str:
        return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)

    @property
    def whole(self) -> Any:
        return self.put(self.part)

    @property
    def json(self) -> str:
        """The whole, the large parts of which are written only once."""
        part = _written(self.what) if ANYTHING.get(self.what) is self.part else json.dumps(self.part)
        return json.dumps(self.put(_PART)).replace(json.dumps(_PART), part)


ANYTHING: Mapping[str, Any] = {
    "null": None,
    "true": True,
    "zero": 0,
    "minus one": -1,
    "a fraction": 1.5,
    "2**31": 2**31,
    "2**63": 2**63,
    "10**40": 10**40,
    "1e300": 1e300,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
    "an empty string": "",
    "a blank string": " \t\n\u3000",
    "a word": "word",
    "NUL": "\0",
    "half a surrogate pair": "a\ud83d",
    "an enormous string": "x" * MILLION,
    "an empty list": [],
    "a list of null": [None],
    "a list of blank": [" "],
    "lists in lists": [[[["word"]]]],
    "a million numbers": [0] * MILLION,
    "an empty object": {},
    "an unknown object": {"no_such_field": 1},
    "objects in objects": {"a": {"b": [{}]}},
    "many words": ["w"] * 100_000,
    "many keys": {f"key {number}": "x" for number in range(20_000)},
}
"""What is sent in place of every field."""
UNSPEAKABLE = frozenset({"NaN", "Infinity", "-Infinity", "half a surrogate pair"})
"""What no JSON holds, whatever the field."""
LARGE = frozenset({"an enormous string", "a million numbers", "many words", "many keys"})


def mutations(kind: Any, *examples: Any) -> Iterator[Mutation]:
    """Every field with everything, without each that is needed, and one too many; the rest is as in an example."""
    schema = TypeAdapter(kind).json_schema()
    return _Walk(schema.get("$defs", {})).of((), schema, examples, lambda value: value)


def valid(adapter: TypeAdapter[Any], value: Any) -> bool:
    """What the type itself says."""
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


class _Walk:
    """Goes through a schema and examples side by side; where none has its shape, a sample of the schema goes on."""

    def __init__(self, shared: Schema) -> None:
        self._shared = shared

    def of(self, path: Path, schema: Schema, examples: Examples, put: Put) -> Iterator[Mutation]:
        """The mutations of one field; `put` makes the whole with another value in its place."""
        for what, value in ANYTHING.items():
            yield Mutation(path, what, value, put)
        variants = list(self._variants(schema))
        kinds = Counter(variant.get("type") for variant in variants)
        for variant in variants:
            alone = kinds[variant.get("type")] == 1
            if alone:
                for word, value in _beyond(variant):
                    yield Mutation(path, f"beyond {word}", value, put, outside=True)
            yield from self._inside(path, variant, examples, put, alone)

    def _inside(self, path: Path, variant: Schema, examples: Examples, put: Put, alone: bool) -> Iterator[Mutation]:
        match variant:
            case {"properties": properties}:
                needed = variant.get("required", ())
                shaped = (each for each in examples if type(each) is dict and {*needed} <= each.keys() <= {*properties})
                fields = next(shaped, None) or self._sample(variant)
                for name, inner in properties.items():
                    yield from self.of((*path, name), inner, [fields.get(name)], _at(fields, name, put))
                for name in needed:
                    without = {other: fields[other] for other in fields if other != name}
                    # One of several shapes without a field may be told as another one without its own.
                    yield Mutation((*path, name) if alone else path, "missing", without, put, outside=True)
                if variant.get("additionalProperties") is False:
                    beside = {**fields, "no_such_field": "x"}
                    yield Mutation((*path, "no_such_field"), "unknown", beside, put, outside=True)
            case {"items": inner} if inner:
                parts = next((each for each in examples if each and isinstance(each, list)), self._sample(variant))
                yield from self.of((*path, 0), inner, parts, lambda value: put([value, *parts[1:]]))
            case {"additionalProperties": dict(inner)} if inner:
                fields = next((each for each in examples if each and type(each) is dict), self._sample(variant))
                name = next(iter(fields))
                yield from self.of((*path, name), inner, [fields[name]], _at(fields, name, put))

    def _variants(self, schema: Schema) -> Iterator[Schema]:
        """The branches of a union without null, and what they refer to."""
        if "$ref" in schema:
            yield from self._variants(self._shared[schema["$ref"].rsplit("/", 1)[-1]])
        elif (branches := schema.get("anyOf") or schema.get("oneOf")) and "properties" not in schema:
            for branch in branches:
                yield from self._variants(branch)
        elif schema.get("type") != "null":
            yield schema

    def _sample(self, schema: Schema) -> Any:
        """A value that the schema is likely to take."""
        variant = next(self._variants(schema))
        match variant:
            case {"enum": [choice, *_]} | {"const": choice}:
                return choice
            case {"type": "object", "properties": properties}:
                return {name: self._sample(properties[name]) for name in variant.get("required", ())}
            case {"type": "object"}:
                inner = variant.get("additionalProperties")
                return {"name": self._sample(inner if isinstance(inner, dict) else {})}
            case {"type": "array"}:
                return [self._sample(variant.get("items", {}))] * variant.get("minItems", 1)
            case {"type": "integer" | "number"}:
                return variant.get("minimum", 1)
            case {"type": "boolean"}:
                return True
        return "word"


def _at(fields: Mapping[str, Any], name: str, put: Put) -> Put:
    return lambda value: put({**fields, name: value})


@cache
def _written(what: str) -> str:
    return json.dumps(ANYTHING[what])


def _beyond(variant: Schema) -> Iterator[tuple[str, Any]]:
    """Just beyond each published bound."""
    for word, bound in variant.items():
        match word:
            case "minimum":
                yield word, bound - 1
            case "maximum":
                yield word, bound + 1
            case "exclusiveMinimum" | "exclusiveMaximum":
                yield word, bound
            case "minLength" if bound > 0:
                yield word, "x" * (bound - 1)
            case "maxLength":
                yield word, "x" * (bound + 1)
            case "minItems" if bound > 0:
                yield word, ["x"] * (bound - 1)
            case "minProperties" if bound > 0:
                yield word, {f"key {number}": ["x"] for number in range(bound - 1)}
            case "maxItems":
                yield word, ["x"] * (bound + 1)
            case "maxProperties":
                yield word, {f"key {number}": ["x"] for number in range(bound + 1)}
            case "enum" | "const":
                yield word, "no such choice"
