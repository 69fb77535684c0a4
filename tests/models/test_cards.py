"""What an author says at the top of a README, and that nothing an author writes there can hurt."""

import time
from pathlib import Path
from typing import Any

import pytest

from serve_app.models.cards import facts


def _facts(folder: Path, text: str) -> dict[str, Any]:
    (folder / "README.md").write_bytes(text.encode())
    return facts(folder)


def test_the_facts_of_a_card(tmp_path: Path) -> None:
    card = """---
license: apache-2.0
language: [en, no, 中文]
base_model: org/base
pipeline_tag: text-classification
library_name: transformers
tags:
- sentiment
- 2024
model-index: {much: more}
---
# A model
license: not this one
"""
    assert _facts(tmp_path, card) == {
        "license": "apache-2.0",
        "language": ["en", "no", "中文"],
        "base_model": ["org/base"],
        "pipeline_tag": "text-classification",
        "library_name": "transformers",
        "tags": ["sentiment", "2024"],
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# no front matter\n",
        "---\nlicense: mit\n",
        "---\nlicense: [unclosed\n---\n",
        "---\n- a\n- list\n---\n",
        "---\n!!python/object/apply:os.system ['true']\n---\n",
        "---\nlicense: {a: b}\ntags: {c: d}\nlanguage: [[en]]\n---\n",
        "---\nlicense: ''\ntags: []\n---\n",
        "---\n" + "[" * 5000 + "\n---\n",
        "---\na: &a [x, x]\nb: &b [*a, *a]\ntags: [*b, *b]\n---\n",
    ],
)
def test_a_card_without_facts(tmp_path: Path, text: str) -> None:
    assert _facts(tmp_path, text) == {}


def test_no_card_and_one_that_is_no_text(tmp_path: Path) -> None:
    assert facts(tmp_path) == {}
    (tmp_path / "README.md").write_bytes(b"---\nlicense: \xff\xfe\n---\n")
    assert facts(tmp_path) == {}


def test_what_is_endless_is_cut(tmp_path: Path) -> None:
    found = _facts(tmp_path, f"---\nlicense: {'x' * 900}\ntags: [{', '.join(str(n) for n in range(900))}]\n---\n")
    assert found == {"license": "x" * 200, "tags": [str(number) for number in range(50)]}


def test_an_endless_card_takes_no_endless_time(tmp_path: Path) -> None:
    results = "model-index:\n" + "- metrics: [{type: accuracy, value: 0.9}]\n" * 20_000
    for matter in (results, "a: b\n" * 150_000, "[" * 900_000, "tags:\n" + "- x\n" * 200_000, " " * 900_000):
        began = time.monotonic()
        assert _facts(tmp_path, f"---\n{matter}\nlicense: mit\n---\n") == {"license": "mit"}
        assert time.monotonic() - began < 3


def test_comments_stand_anywhere(tmp_path: Path) -> None:
    assert _facts(tmp_path, "---\ntags:\n# two\n- a\n\n- b # second\n---\n") == {"tags": ["a", "b"]}


def test_lines_that_end_as_on_windows(tmp_path: Path) -> None:
    assert _facts(tmp_path, "---\r\nlicense: mit\r\n---\r\ntext") == {"license": "mit"}
