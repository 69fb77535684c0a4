"""Where demo models are kept: built once, whole or not at all, whoever asks and however it ends."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from serve_app.demo import NAMES, build, build_all
from serve_app.demo.cache import cache_root
from serve_app.errors import ModelCannotLoad

QUICKEST = "bert-embed"


def builder(root: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "serve_app.demo", QUICKEST],
        env=os.environ | {"SERVE_APP_HOME": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def models_in(root: Path) -> list[Path]:
    return [path for path in (root / "demo").iterdir() if not path.name.startswith(".")]


def test_what_is_there_comes_back_at_once() -> None:
    folder = build(QUICKEST)
    started, changed = time.monotonic(), folder.stat().st_mtime_ns
    assert build(QUICKEST) == folder
    assert build_all([QUICKEST, QUICKEST]) == [folder, folder]
    assert time.monotonic() - started < 0.1
    assert folder.stat().st_mtime_ns == changed


def test_a_killed_build_leaves_nothing_and_two_at_once_make_one(tmp_path: Path) -> None:
    killed = builder(tmp_path)
    assert killed.stderr is not None
    assert killed.stderr.readline() == f"Building demo/{QUICKEST}: 1%\n"
    killed.kill()
    killed.communicate()
    assert models_in(tmp_path) == []
    expected = build(QUICKEST)
    broken = tmp_path / "demo" / f".{expected.name}.unfinished"
    broken.mkdir()
    (broken / "half").touch()

    both = [builder(tmp_path), builder(tmp_path)]
    told = [process.communicate(timeout=240) for process in both]

    assert [process.returncode for process in both] == [0, 0]
    built = tmp_path / "demo" / expected.name
    assert [out for out, _ in told] == [f"{built}\n"] * 2
    assert sum("100%" in err for _, err in told) == 1
    assert models_in(tmp_path) == [built]
    files = sorted(path.relative_to(built) for path in built.rglob("*"))
    assert files == sorted(path.relative_to(expected) for path in expected.rglob("*"))
    assert not broken.exists()
    weights = "model.safetensors"
    assert (built / weights).read_bytes() == (expected / weights).read_bytes()


@pytest.mark.parametrize(("name", "near"), [("gpt-2", "demo/gpt2"), ("BERT-sentimant", "demo/bert-sentiment")])
def test_an_unknown_name_is_told_with_the_nearest_and_all_others(name: str, near: str) -> None:
    with pytest.raises(ModelCannotLoad) as told:
        build(name)
    assert f"There is no demo model demo/{name}. Did you mean {near}?" in str(told.value)
    assert all(f"demo/{known}" in str(told.value) for known in NAMES)


def test_a_name_like_no_other_gets_no_suggestion() -> None:
    with pytest.raises(ModelCannotLoad, match=r"^There is no demo model demo/qqqqqqqq\. There are demo/chat, "):
        build("qqqqqqqq")


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "demo").touch()
    with pytest.raises(ModelCannotLoad, match="Set SERVE_APP_HOME to a folder that is writable"):
        build(QUICKEST, tmp_path)


@pytest.mark.parametrize(
    ("variables", "root"),
    [
        ({"SERVE_APP_HOME": "/somewhere", "XDG_CACHE_HOME": "/caches"}, "/somewhere"),
        ({"XDG_CACHE_HOME": "/caches"}, "/caches/serve-app"),
        ({"HOME": "/home/someone"}, "/home/someone/.cache/serve-app"),
    ],
)
def test_the_environment_says_where(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], root: str) -> None:
    for name in ("SERVE_APP_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_root() == Path(root)


def test_naming_the_models_loads_nothing_heavy() -> None:
    code = "import sys, serve_app.demo; print({'torch', 'transformers', 'tokenizers'} & sys.modules.keys())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "set()\n"
