"""Reads a YAML file with the line of every value, and tells what is not YAML or stands there twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from serve_app.config.faults import ConfigFaults, Fault, join

MERGE = "tag:yaml.org,2002:merge"


class Source(NamedTuple):
    """A file's data, and the line of each path in it."""

    data: Any
    lines: dict[str, int]
    faults: tuple[Fault, ...]

    def located(self, fault: Fault) -> Fault:
        """The fault with its line: its own, or that of the nearest block around it."""
        path = fault.path
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return fault if fault.line else fault._replace(line=self.lines.get(path))


def load(path: Path) -> Source:
    """The file's content, or a `ConfigFaults` that says why there is none."""
    try:
        text = path.read_text(encoding="utf-8")
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            raise ConfigFaults([Fault("", "is empty", "expected `applications:` or `krypton:`")], str(path))
        # Merge keys change the nodes when data is made of them, so the nodes are looked at first.
        lines: dict[str, int] = {}
        faults = tuple(_walk(node, "", lines, set()))
        return Source(loader.construct_document(node), lines, faults)
    except UnicodeDecodeError as error:
        raise ConfigFaults([Fault("", f"is not UTF-8 text at byte {error.start}")], str(path)) from None
    except OSError as error:
        raise ConfigFaults([Fault("", f"cannot be read: {error.strerror}")], str(path)) from None
    except RecursionError:
        raise ConfigFaults([Fault("", "is not a configuration: it nests too deeply")], str(path)) from None
    except yaml.YAMLError as error:
        raise ConfigFaults([_malformed(error)], str(path)) from None


def _malformed(error: yaml.YAMLError) -> Fault:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Fault("", f"is not YAML: {' '.join(str(error).split())}")
    mark = error.problem_mark
    why = ", ".join(part for part in (error.context, error.problem) if part)
    hint = "indent with spaces, not tabs" if "'\\t'" in why else ""
    return Fault("", f"is not YAML at line {mark.line + 1}, column {mark.column + 1}: {why}", hint, mark.line + 1)


def _walk(node: yaml.Node, path: str, lines: dict[str, int], seen: set[int]) -> Iterator[Fault]:
    """Note each value's line; an anchored node is looked into once, however often it is used."""
    lines.setdefault(path, node.start_mark.line + 1)
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, join(path, index), lines, seen)
    elif isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            word, line = str(key.value), key.start_mark.line + 1
            if word in first and isinstance(key, yaml.ScalarNode) and key.tag != MERGE:
                yield Fault(join(path, word), f"stands twice, first in line {first[word]}", "keep one", line)
            first.setdefault(word, line)
            lines.setdefault(join(path, word), line)
            yield from _walk(value, join(path, word), lines, seen)
