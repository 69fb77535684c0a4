"""What a model's author says of it at the top of its README.md."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

README = "README.md"
LONGEST_README = 1_000_000
LONGEST_BLOCK = 20_000
LONGEST_VALUE = 200
MOST_VALUES = 50
# The author's own words in the front matter, and which of them are lists.
SINGLE = ("license", "license_name", "license_link", "pipeline_tag", "library_name")
SEVERAL = ("language", "base_model", "tags", "datasets")
BLOCK = re.compile(r"^(\w+):.*(?:\n(?:[ \t#-].*)?$)*", re.MULTILINE)
"""A word at the beginning of a line, and the lines that belong to it."""


def facts(folder: Path) -> dict[str, Any]:
    """Only such facts as are there: text for the single ones, lists of text for the others."""
    found = _front_matter(folder / README)
    single = {name: _text(found[name]) for name in SINGLE if name in found}
    several = {name: _texts(found[name]) for name in SEVERAL if name in found}
    return {name: value for name, value in {**single, **several}.items() if value}


def _front_matter(path: Path) -> Mapping[str, Any]:
    """The YAML between two lines of dashes; whatever is wrong with it, there are no facts then."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LONGEST_README)
        opening, _, rest = text.removeprefix("\ufeff").partition("\n")
        matter, closing, _ = f"{rest}\n".partition("\n---")
        if opening.rstrip() != "---" or not closing:
            return {}
        # Results of evaluations may go on for thousands of lines, and YAML is slow to read.
        blocks = (block[0] for block in BLOCK.finditer(matter) if block[1] in (*SINGLE, *SEVERAL))
        found = yaml.load("\n".join(block for block in blocks if len(block) <= LONGEST_BLOCK), _OnlyText)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


class _OnlyText(yaml.BaseLoader):
    """Every value stays the text it is: `language: no` is Norwegian. Aliases are left out, as they multiply."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        return super().compose_node(parent, index)


def _text(value: Any) -> str:
    return value.strip()[:LONGEST_VALUE] if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for one in values[:MOST_VALUES] if (text := _text(one))]
