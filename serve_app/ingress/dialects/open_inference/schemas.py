"""What a task's own schema says about the kinds of its values, whatever the task."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, cast

Schema = Mapping[str, Any]
Kind = Literal["text", "json", "file", "image", "sound", "whole", "number", "truth"]
_BY_TYPE: Mapping[str, Kind] = {"string": "text", "integer": "whole", "number": "number", "boolean": "truth"}
_BY_MEDIA: Mapping[str, Kind] = {"image": "image", "audio": "sound"}
_NUMBERS = frozenset({"whole", "number"})


class Leaf(NamedTuple):
    """A value that is no list, and how many lists there are around it."""

    depth: int
    schema: Schema

    @property
    def fields(self) -> Mapping[str, Schema]:
        """The parts of an object whose parts are known."""
        return cast(Mapping[str, Schema], self.schema.get("properties", {}))

    @property
    def kind(self) -> Kind:
        if "contentEncoding" in self.schema:
            return _BY_MEDIA.get(self.schema.get("contentMediaType", "").partition("/")[0], "file")
        return _BY_TYPE.get(self.schema.get("type", ""), "json")


class Part(NamedTuple):
    """One value of an input or an answer as it stands in a tensor: `depth` lists of it, or of the numbers `among`."""

    kind: Kind
    depth: int = 0
    among: tuple[str, ...] = ()


def leaves(schema: Schema, shared: Schema, depth: int = 0) -> Iterator[Leaf]:
    """The branches of a schema, without null and without the lists around them."""
    if "$ref" in schema:
        yield from leaves(shared[schema["$ref"].rpartition("/")[2]], shared, depth)
    elif "properties" not in schema and (branches := schema.get("anyOf") or schema.get("oneOf")):
        for branch in branches:
            yield from leaves(branch, shared, depth)
    elif schema.get("type") == "array" and schema.get("items"):
        yield from leaves(schema["items"], shared, depth + 1)
    elif schema.get("type") != "null":
        yield Leaf(depth, schema)


def part_of(schema: Schema, shared: Schema) -> Part:
    """What all branches have in common; where that is nothing, or not a tensor's content, the value stands as JSON."""
    found = list(leaves(schema, shared))
    depths, kinds = {leaf.depth for leaf in found}, {leaf.kind for leaf in found}
    if len(depths) == 1 and (len(kinds) == 1 or kinds == _NUMBERS) and "json" not in kinds:
        return Part("number" if len(kinds) > 1 else kinds.pop(), depths.pop())
    if len(found) == 1 and (among := _numbers_of(found[0], shared)):
        return Part("number", found[0].depth, among)
    return Part("json")


def _numbers_of(leaf: Leaf, shared: Schema) -> tuple[str, ...]:
    """The names in an object that holds numbers alone, such as a box."""
    parts = [part_of(schema, shared) for schema in leaf.fields.values()]
    plain = all(part.kind in _NUMBERS and not part.depth and not part.among for part in parts)
    return tuple(leaf.fields) if plain and {*leaf.schema.get("required", ())} == {*leaf.fields} else ()
