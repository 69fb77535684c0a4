"""Texts become ids with tokenizers of both kinds: those in Rust and those in Python."""

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import CTRLTokenizer

from serve_app.tasks.text.encoding import encode


@pytest.fixture
def in_python(tmp_path: Path) -> Any:
    (tmp_path / "vocab.json").write_text(json.dumps({"<unk>": 0, "a": 1, "b": 2}))
    (tmp_path / "merges.txt").write_text("#version\n")
    return CTRLTokenizer(vocab_file=str(tmp_path / "vocab.json"), merges_file=str(tmp_path / "merges.txt"))


def test_a_tokenizer_in_python(in_python: Any) -> None:
    assert encode(in_python, ["a b", "b"]) == [[1, 2], [2]]
    assert encode(in_python, []) == []
