"""The servers under measurement: one at a time, started as a user would, and stopped again."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from serve_app.cli.profile import environment

HOST, PORT = "127.0.0.1", 8123
URL = f"http://{HOST}:{PORT}"
STARTED_S, STOPPED_S = 180.0, 60.0


@contextlib.contextmanager
def ours(models: list[dict[str, Any]]) -> Iterator[str]:
    """`serve-app run` of these entries."""
    app = {"name": "serve-app", "route_prefix": "/", "import_path": "serve_app.app:build", "args": {"models": models}}
    with _running(["-m", "serve_app", "run"], app, os.environ, _says_ready) as url:
        yield url


@contextlib.contextmanager
def ordinary(fast: bool) -> Iterator[str]:
    """`serve run` of the ordinary graph, with or without the variables of the fast profile."""
    app = {"name": "ordinary", "route_prefix": "/", "import_path": "benchmarks.ordinary_graph:app"}
    env = environment(fast=True) if fast else {**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}
    here = str(Path(__file__).parent.parent)
    with _running(["-m", "ray.serve.scripts", "run", "--app-dir", here], app, env, _answers) as url:
        yield url


@contextlib.contextmanager
def _running(
    command: list[str], app: Mapping[str, Any], env: Mapping[str, str], ready: Callable[[], bool]
) -> Iterator[str]:
    config = {"http_options": {"host": HOST, "port": PORT}, "applications": [dict(app)]}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(yaml.safe_dump(config))
        try:
            with process([*command, str(file)], env, ready):
                yield URL
        finally:
            _await_silence()


@contextlib.contextmanager
def process(arguments: list[str], env: Mapping[str, str], ready: Callable[[], bool]) -> Iterator[None]:
    """A server in Python from the moment that it answers."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as out:
            command = [sys.executable, *arguments]
            server = subprocess.Popen(command, env=dict(env), stdout=out, stderr=out, start_new_session=True)
        try:
            _await_answer(server, log, ready)
            yield
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(STOPPED_S)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _await_answer(server: "subprocess.Popen[bytes]", log: Path, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + STARTED_S
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if ready():
                return
        time.sleep(0.3)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-3000:]}")


def _says_ready() -> bool:
    return httpx.get(f"{URL}/ready", timeout=5).status_code == 200


def _answers() -> bool:
    return httpx.post(URL, json={"text": "hello"}, timeout=5).status_code == 200


def _await_silence() -> None:
    """Until nothing of the last Ray holds the port or a core."""
    subprocess.run([sys.executable, "-m", "ray.scripts.scripts", "stop", "--force"], capture_output=True, check=False)
    time.sleep(3)
