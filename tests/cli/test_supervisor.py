"""What is left behind when `serve run` ends, however it ended: nothing of its session."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from serve_app.cli import supervisor
from serve_app.cli.supervisor import Supervisor
from serve_app.config.document import read

# As HAProxy is started: by a process that is gone, in a group of its own.
LEAVES_A_CHILD = """
import subprocess, sys
child = subprocess.Popen(["sleep", "600"], process_group=0)
print(child.pid, flush=True)
"""
CONFIG = """
applications:
  - import_path: serve_app.app:build
    args:
      models: [{name: one, hf_model_name: stub, hf_task: text-classification, engine: stub}]
"""


def test_a_process_that_lost_its_parent_ends_with_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    monkeypatch.setattr(supervisor, "_SERVE", LEAVES_A_CHILD)
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        with Supervisor(read(file), {}, fast=False) as running:
            assert running.wait() == 1
            left = psutil.Process(int(running.tail()))
            assert left.is_running()
            began = time.monotonic()
        assert not left.is_running() or left.status() == psutil.STATUS_ZOMBIE
        assert time.monotonic() - began < supervisor.SESSION_ENDS_S
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
