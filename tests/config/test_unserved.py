"""A task that cannot be served is told with the reason and with those that can."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from serve_app import tasks
from serve_app.config import unserved
from tests.config.writing import entry_file, faults_of, read_text


@pytest.mark.parametrize("word", unserved.REASONS)
def test_each_with_its_reason_and_the_others(tmp_path: Path, word: str) -> None:
    [fault] = faults_of(tmp_path, entry_file(f"hf_task: {word}"))
    assert fault == (
        f"models[0].hf_task: '{word}' cannot be served: {unserved.REASONS[word]}; tasks: {', '.join(tasks.words())}"
    )


def test_none_of_them_is_served() -> None:
    assert not unserved.REASONS.keys() & {*tasks.words()}


def test_a_task_of_an_extra_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_text(tmp_path, entry_file("hf_task: text-to-image"))
    monkeypatch.setattr(unserved, "find_spec", lambda name: None if name == "diffusers" else find_spec(name))
    [fault] = faults_of(tmp_path, entry_file("hf_task: text-to-image"))
    told, listed = fault.split(" take another of the tasks: ")
    assert told == (
        "models[0].hf_task: 'text-to-image' needs a package that is not installed here; "
        "pip install 'serve-app[diffusion]', or"
    )
    assert {*tasks.words()} - {*listed.split(", ")} == {"text-to-image", "image-to-image"}
