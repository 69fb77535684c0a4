"""Where weights come from, told without touching the network."""

import subprocess
import sys
from pathlib import Path

import pytest

from serve_app.config.schema import Model
from serve_app.models.sources import Source, locate


def _locate(name: str, **kwargs: str) -> Source:
    return locate(Model(name="m", hf_model_name=name, hf_model_kwargs=kwargs))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("demo/gpt2", Source("demo", "gpt2")),
        ("/nowhere/at/all", Source("folder", "/nowhere/at/all")),
        ("./nowhere", Source("folder", "nowhere")),
        ("../nowhere", Source("folder", "../nowhere")),
        ("~/models/m", Source("folder", str(Path.home() / "models/m"))),
        ("gpt2", Source("hub", "gpt2", "main")),
        ("microsoft/phi-2", Source("hub", "microsoft/phi-2", "main")),
    ],
)
def test_names(name: str, source: Source) -> None:
    assert _locate(name) == source


def test_a_folder_that_exists_needs_no_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models" / "m").mkdir(parents=True)
    assert _locate("models/m") == Source("folder", "models/m")


def test_a_revision_of_the_hub() -> None:
    assert str(_locate("t5-small", revision="v1")) == "hub t5-small at v1"


def test_it_costs_no_heavy_import() -> None:
    code = """import sys, serve_app.models.sources, serve_app.tasks, serve_app.models.fetching
heavy = {"torch", "transformers", "huggingface_hub", "ray"} & set(sys.modules)
assert not heavy, heavy"""
    subprocess.run([sys.executable, "-c", code], check=True)
