"""`serve-app download` brings the weights here ahead of serving, and one model's trouble is not the others'."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from serve_app.cli.main import main
from tests.cli.conftest import MODELS
from tests.cli.test_plan import cells
from tests.loopback_faults import Fault
from tests.loopback_hub import COMMIT, LoopbackHub


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return _config(tmp_path, *(f"{{name: {name}, hf_model_name: org/{name}}}" for name in MODELS))


def _config(folder: Path, *entries: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(
        "applications:\n- name: a\n  route_prefix: /\n  import_path: serve_app.app:build\n  args:\n    models:\n"
        + "".join(f"    - {entry}\n" for entry in entries)
    )
    return path


def _run(config: Path, *options: object) -> Result:
    return CliRunner().invoke(main, ["download", str(config), *(str(option) for option in options)])


def _snapshot(cache: Path, name: str) -> Path:
    return cache / f"models--org--{name}" / "snapshots" / COMMIT


def test_every_model_is_fetched_and_described(hub: LoopbackHub, config: Path, published: Path, tmp_path: Path) -> None:
    result = _run(config, "--cache-dir", tmp_path / "cache", "--jobs", 2)
    assert result.exit_code == 0, result.output
    size = sum((published / name).stat().st_size for name in _names(published)) / 1000
    for name in MODELS:
        row = cells(result.stdout, name)
        assert row[:4] == [name, f"org/{name}", COMMIT[:12], "4"]
        assert row[4] == f"{size:.1f} kB"
        assert row[6:] == ["float32", "400.1 MB", "ok"]
        assert int(row[5].replace(",", "")) * 4 == pytest.approx(
            (published / "model.safetensors").stat().st_size, rel=0.1
        )
        assert f"org/{name}/model.safetensors: " in result.stderr, "a line for each file where there is no terminal"
    assert len(hub.fetched) == 3 * 4
    assert _run(config, "--cache-dir", tmp_path / "cache", "--check").exit_code == 0
    assert _run(config, "--cache-dir", tmp_path / "cache").exit_code == 0
    assert len(hub.fetched) == 3 * 4, "what is here is not fetched again"


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file()]


@pytest.mark.parametrize(
    ("place", "fault", "words"),
    [
        ("org/second", Fault("private"), "has no model org/second that this token may see"),
        ("org/second/model.safetensors", Fault("gated"), "org/second is gated"),
        (
            "org/second/model.safetensors",
            Fault("altered"),
            "model.safetensors of org/second arrived 2 times with another",
        ),
        ("org/second/tokenizer.json", Fault("missing"), "lists tokenizer.json of org/second and does not have it"),
        (
            "org/second/config.json",
            Fault("busy", retry_after=999),
            "asked too often (429) for config.json of org/second",
        ),
    ],
)
def test_the_others_are_complete_whatever_happens_to_one(
    hub: LoopbackHub, config: Path, tmp_path: Path, place: str, fault: Fault, words: str
) -> None:
    cache = tmp_path / "cache"
    hub.faults[place] = fault
    result = _run(config, "--cache-dir", cache)
    assert result.exit_code == 1
    assert [cells(result.stdout, name)[-1] for name in MODELS] == ["ok", "failed", "ok"]
    [told] = [line for line in result.stdout.splitlines() if line.startswith("- ")]
    assert told.startswith("- second: ")
    assert words in told
    checked = _run(config, "--cache-dir", cache, "--check")
    assert checked.exit_code == 1
    assert [cells(checked.stdout, name)[-1] for name in MODELS] == ["ok", "failed", "ok"]
    hub.faults.clear()
    hub.fetched.clear()
    assert _run(config, "--cache-dir", cache).exit_code == 0
    assert {name.split("/")[1] for name in hub.fetched} == {"second"}


def test_a_check_asks_nobody_and_names_what_is_wrong(hub: LoopbackHub, config: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert _run(config, "--cache-dir", cache).exit_code == 0
    weights = (_snapshot(cache, "first") / "model.safetensors").resolve()
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x07")
    (_snapshot(cache, "third") / "tokenizer.json").unlink()
    hub.asked, hub.fetched = 0, []
    result = _run(config, "--cache-dir", cache, "--check")
    assert result.exit_code == 1
    assert [cells(result.stdout, name)[-1] for name in MODELS] == ["failed", "ok", "failed"]
    assert "- first: org/first is damaged in the cache" in result.stdout
    assert "model.safetensors has another content than its digest" in result.stdout
    assert "- third: org/third at main is only in part in the cache" in result.stdout
    assert "without tokenizer.json" in result.stdout
    assert (hub.asked, hub.fetched) == (0, [])
    assert _run(config, "--cache-dir", cache).exit_code == 0, "and fetching mends it"
    assert sorted(hub.fetched) == ["org/first/model.safetensors"]
    assert _run(config, "--cache-dir", cache, "--check").exit_code == 0


def test_a_check_of_an_empty_cache(config: Path, tmp_path: Path) -> None:
    result = _run(config, "--cache-dir", tmp_path / "none", "--check")
    assert result.exit_code == 1
    assert "- first: org/first at main is not in the cache" in result.stdout
    assert not (tmp_path / "none").exists()


def test_folders_and_caches_of_their_own(hub: LoopbackHub, published: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(published, broken)
    (broken / "tokenizer.json").unlink()
    (broken / "tokenizer_config.json").unlink()
    config = _config(
        tmp_path,
        f"{{name: folder, hf_model_name: {published}, hf_model_kwargs: {{dtype: float16}}}}",
        f"{{name: broken, hf_model_name: {broken}}}",
        f"{{name: own, hf_model_name: org/first, hf_model_kwargs: {{cache_dir: {tmp_path / 'mine'}}}}}",
        "{name: nothing, hf_model_name: x, engine: stub}",
    )
    result = _run(config, "--cache-dir", tmp_path / "cache")
    assert result.exit_code == 1
    assert cells(result.stdout, "folder")[2:4] == ["folder", "4"]
    assert cells(result.stdout, "folder")[6:] == ["float16", "400.1 MB", "ok"]
    assert f"- broken: {broken} holds no tokenizer" in result.stdout
    assert cells(result.stdout, "own")[-1] == "ok"
    assert _snapshot(tmp_path / "mine", "first").is_dir()
    assert not (tmp_path / "cache").exists()
    assert "nothing" not in result.stdout, "the stub has no weights"


def test_a_demo_that_is_not_built_is_told_and_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVE_APP_HOME", str(tmp_path / "home"))
    result = _run(_config(tmp_path, "{name: demo, hf_model_name: demo/gpt2}"), "--check")
    assert result.exit_code == 1
    assert "- demo: demo/gpt2 is not built yet: run this without --check" in result.stdout
    assert not (tmp_path / "home").exists()


def test_memory_on_a_gpu_is_told_apart(published: Path, tmp_path: Path) -> None:
    config = _config(tmp_path, f"{{name: gpu, hf_model_name: {published}, hf_device: cuda}}")
    assert cells(_run(config).stdout, "gpu")[7].startswith("400.0 MB, ")
    assert cells(_run(config).stdout, "gpu")[7].endswith(" on cuda")


def test_a_config_that_is_wrong(tmp_path: Path) -> None:
    result = _run(_config(tmp_path, "{name: x, hf_model: y}"))
    assert result.exit_code == 1
    assert "unknown key 'hf_model'" in result.stderr


def test_ctrl_c_stops_at_once_and_keeps_what_has_arrived(
    hub: LoopbackHub, config: Path, published: Path, tmp_path: Path
) -> None:
    hub.faults = {f"org/{name}/model.safetensors": Fault("stalled") for name in MODELS}
    # A process that a shell starts in the background ignores SIGINT, and its children inherit that.
    code = """import signal; signal.signal(signal.SIGINT, signal.default_int_handler)
from serve_app.cli.main import main; main()"""
    command = [sys.executable, "-c", code, "download", str(config), "--cache-dir", str(tmp_path / "cache")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "HF_ENDPOINT": hub.url})
    half = (published / "model.safetensors").stat().st_size // 2
    deadline = time.monotonic() + 60
    while sum(path.stat().st_size == half for path in tmp_path.glob("cache/*/blobs/*.incomplete")) < len(MODELS):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert time.monotonic() - began < 5
    assert process.returncode == 130
    assert told.endswith("stopped; what has arrived is kept, and the next run goes on from there\n")
    hub.faults.clear()
    assert _run(config, "--cache-dir", tmp_path / "cache").exit_code == 0
    assert sorted(hub.ranges) == [f"org/{name}/model.safetensors {half}" for name in sorted(MODELS)]
