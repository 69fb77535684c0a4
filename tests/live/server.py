"""A server as a user starts it: `serve-app run`, in a process of its own, on a free port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

READY_S = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def stub(name: str, task: str = "text-classification", **entry: Any) -> dict[str, Any]:
    """A model entry on the stub engine."""
    return {"name": name, "hf_model_name": "stub", "hf_task": task, "engine": "stub"} | entry


def one_graph(models: list[dict[str, Any]], server: dict[str, Any] | None = None) -> dict[str, Any]:
    """The layout of one application."""
    args = {"models": models, "server": server or {}}
    app = {"name": "serve-app", "route_prefix": "/", "import_path": "serve_app.app:build", "args": args}
    return {"http_options": {"host": "127.0.0.1", "port": free_port()}, "applications": [app]}


def application_each(models: list[dict[str, Any]]) -> dict[str, Any]:
    """The layout of one application for every model."""
    ingress = {"name": "ingress", "route_prefix": "/", "import_path": "serve_app.app:ingress", "args": {"server": {}}}
    others = [
        {"name": model["name"], "route_prefix": None, "import_path": "serve_app.app:model", "args": model}
        for model in models
    ]
    return {"http_options": {"host": "127.0.0.1", "port": free_port()}, "applications": [ingress, *others]}


class Live:
    """One running server."""

    def __init__(
        self, folder: Path, config: Mapping[str, Any], *flags: str, env: Mapping[str, str] | None = None
    ) -> None:
        self.file = folder / "config.yaml"
        self.file.write_text(yaml.safe_dump(dict(config), sort_keys=False))
        self.log = folder / "run.log"
        http = config.get("http_options") or config["krypton"]["server"]
        self.url = f"http://127.0.0.1:{http['port']}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "serve_app", "run", str(self.file), *flags],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | dict(env or {}),
            )
        self.client = httpx.Client(base_url=self.url, timeout=30)

    def await_ready(self) -> "Live":
        deadline = time.monotonic() + READY_S
        while "\nstop " not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return self

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return self.client.post(path, json=body, **options)

    def state(self, name: str) -> dict[str, Any]:
        state: dict[str, Any] = self.client.get(f"/models/{name}").json()
        return state

    def await_state(self, name: str, replicas: int, within_s: float) -> dict[str, Any]:
        """Until so many replicas run."""
        deadline = time.monotonic() + within_s
        while (state := self.state(name))["replicas"]["running"] != replicas:
            assert time.monotonic() < deadline, state
            time.sleep(0.1)
        return state

    def stop(self, within_s: float = 60) -> str:
        """SIGTERM, as an operator's supervisor sends it; the log."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(within_s) == 0, self.log.read_text()
        self.client.close()
        return self.log.read_text()
