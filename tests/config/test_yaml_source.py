"""What is not YAML at all, or not a file, is told with the place where it stops being one."""

from pathlib import Path

import pytest

from serve_app.config.document import read
from serve_app.config.faults import ConfigFaults
from serve_app.config.yaml_source import load
from tests.config.writing import graph_file, read_text

BROKEN = {
    "": "the file: is empty; expected `applications:` or `krypton:`",
    "# nothing but a comment\n": "the file: is empty; expected `applications:` or `krypton:`",
    "a: [1, 2\nb: 3\n": "the file (line 2): is not YAML at line 2, column 2: ",
    "a:\n\t- b\n": "the file (line 2): is not YAML at line 2, column 1: ",
    "a: b: c\n": "the file (line 1): is not YAML at line 1, column 5: mapping values are not allowed here",
    "a: *nowhere\n": "the file (line 1): is not YAML at line 1, column 4: found undefined alias 'nowhere'",
    "a: 1\n---\nb: 2\n": "the file (line 2): is not YAML at line 2, column 1: expected a single document",
    "a: !!python/object:os.system {}\n": "the file (line 1): is not YAML at line 1, column 4: could not determine",
    "[" * 5000: "the file: is not a configuration: it nests too deeply",
    "a: \x07\n": "the file: is not YAML: unacceptable character #x0007",
}


@pytest.mark.parametrize(("text", "fault"), BROKEN.items())
def test_what_is_no_yaml_is_told_with_line_and_column(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ConfigFaults) as caught:
        read_text(tmp_path, text)
    assert [str(found)[: len(fault)] for found in caught.value.faults] == [fault]


def test_a_tab_is_told_with_what_to_use_instead(tmp_path: Path) -> None:
    with pytest.raises(ConfigFaults, match="indent with spaces, not tabs"):
        read_text(tmp_path, "a:\n\t- b\n")


def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigFaults) as missing:
        read(tmp_path / "absent.yaml")
    assert str(missing.value) == (
        f"1 fault in {tmp_path / 'absent.yaml'}:\n  the file: cannot be read: No such file or directory"
    )
    with pytest.raises(ConfigFaults, match="the file: cannot be read: Is a directory"):
        read(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("a: é".encode("latin-1"))
    with pytest.raises(ConfigFaults, match="the file: is not UTF-8 text at byte 3"):
        read(tmp_path / "latin.yaml")


def test_a_key_that_stands_twice_is_told_with_both_lines(tmp_path: Path) -> None:
    with pytest.raises(ConfigFaults) as caught:
        read_text(tmp_path, graph_file("- name: a\n  hf_model_name: demo/gpt2\n  name: b\n"))
    assert [str(fault) for fault in caught.value.faults] == [
        "applications[0].args.models[0].name (line 9): stands twice, first in line 7; keep one"
    ]


def test_anchors_and_merges_are_read_and_a_merged_key_may_be_overridden(tmp_path: Path) -> None:
    entries = """
    - &first
      name: a
      hf_model_name: demo/gpt2
      batching: {max_batch_size: 7}
    - &second
      limits: {timeout_s: 5}
      <<: *first
      name: b
    - <<: *second
      <<: *first
      name: c
    """
    document = read_text(tmp_path, graph_file(entries))
    assert [(model.name, model.batching.max_batch_size) for model in document.models] == [("a", 7), ("b", 7), ("c", 7)]


def test_a_structure_that_contains_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").write_text("a: &a\n- *a\n", encoding="utf-8")
    assert load(tmp_path / "loop.yaml").lines == {"": 1, "a": 1, "a[0]": 1}


def test_every_fault_has_the_line_of_its_place_or_of_the_block_around_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigFaults) as caught:
        read_text(tmp_path, graph_file("- name: a\n  batching:\n    max_batch_size: 0\n"))
    assert [(fault.path, fault.line) for fault in caught.value.faults] == [
        ("applications[0].args.models[0].hf_model_name", 7),
        ("applications[0].args.models[0].batching.max_batch_size", 9),
    ]
