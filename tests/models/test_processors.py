"""What a processor needs beyond what is here is told when it loads, and by `serve-app plan` before that."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from serve_app import tasks
from serve_app.cli.plan import plan
from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.models import processors
from serve_app.models.cache import Repository
from serve_app.replica.engines.torch import TorchEngine
from tests.tiny_models.seeing import llava

COMMIT = "a" * 40
WORDS = "reads videos too, and for that it needs torchvision, which is not installed here"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llava(tmp_path_factory.mktemp("seeing") / "llava")


@pytest.fixture(params=["a file of its own", "a part of the processor's"])
def with_videos(plain: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    folder = Path(shutil.copytree(plain, tmp_path / "model"))
    if request.param == "a file of its own":
        (folder / "video_preprocessor_config.json").write_text("{}")
    else:
        told = json.loads((folder / "processor_config.json").read_text())
        (folder / "processor_config.json").write_text(json.dumps({**told, "video_processor": {"size": 1}}))
    return folder


def planned(tmp_path: Path, name: str, **kwargs: str) -> str:
    entry = {"name": "m", "hf_model_name": name, "hf_task": "image-text-to-text", "hf_model_kwargs": kwargs}
    path = tmp_path / "serve.yaml"
    path.write_text(json.dumps({"applications": [{"import_path": "serve_app.app:build", "args": {"models": [entry]}}]}))
    result = CliRunner().invoke(plan, [str(path)])
    assert result.exit_code == 0, result.output
    return result.output


def load(folder: Path) -> None:
    task = tasks.find("image-text-to-text")
    assert task is not None
    model = Model(name="m", hf_model_name=str(folder), hf_task="image-text-to-text")
    TorchEngine().load(model, task)


def test_it_is_said_when_it_loads_and_before(with_videos: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelCannotLoad, match=WORDS):
        load(with_videos)
    assert f"- m: the processor in {with_videos} {WORDS}" in planned(tmp_path, str(with_videos))


def test_of_a_hubs_model_that_is_in_the_cache(with_videos: Path, tmp_path: Path) -> None:
    assert WORDS not in planned(tmp_path, "org/seer", cache_dir=str(tmp_path))
    repository = Repository("org/seer", tmp_path)
    repository.keep_commit("main", COMMIT)
    shutil.copytree(with_videos, repository.snapshot(COMMIT))
    assert WORDS in planned(tmp_path, "org/seer", cache_dir=str(tmp_path))


def test_nothing_is_said_of_others(
    plain: Path, with_videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert WORDS not in planned(tmp_path, str(plain))
    monkeypatch.setattr(processors, "find_spec", lambda name: name)
    assert processors.lack_of(with_videos, {}) == ""
