"""Writes configurations for the tests and reads them back."""

from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from serve_app.config.document import Document, read
from serve_app.config.faults import ConfigFaults

ENTRY: dict[str, Any] = {"name": "m", "hf_model_name": "demo/gpt2"}


def graph_file(entries: str, server: str = "{}") -> str:
    """A file of one application; `entries` is the YAML below `models:`."""
    head = "http_options: {host: 127.0.0.1}\napplications:\n- import_path: serve_app.app:build\n  args:\n"
    return f"{head}    server: {server}\n    models:\n{indent(dedent(entries), '    ')}"


def entry_file(fields: str) -> str:
    """A file of one model that has these fields beside its name and its weights."""
    return graph_file("- name: m\n  hf_model_name: demo/gpt2\n" + indent(dedent(fields), "  "))


def read_text(folder: Path, text: str) -> Document:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return read(path)


def faults_of(folder: Path, text: str) -> list[str]:
    """Every fault of a file, as it is printed; a model's place is shortened to its index."""
    with pytest.raises(ConfigFaults) as caught:
        read_text(folder, text)
    return [str(fault._replace(line=None)).replace("applications[0].args.", "") for fault in caught.value.faults]
