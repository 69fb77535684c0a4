"""The `serve run` that we are the parent of: started in the background, stopped in good order."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import psutil
import yaml

from serve_app.cli.front import close_front
from serve_app.config.document import Document

STOP_S = 90.0
SESSION_ENDS_S = 5.0


class Supervisor:
    """Owns the child. SIGTERM and SIGINT to us answer what is under way and then end it; a second one does not wait."""

    def __init__(self, document: Document, env: Mapping[str, str], *, fast: bool) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="serve-app-")
        self.config = Path(self._folder.name) / "serve_config.yaml"
        self.config.write_text(yaml.safe_dump(document.serve_config(), sort_keys=False, allow_unicode=True))
        self.log = Path(self._folder.name) / "serve.log"
        self._env = dict(env)
        self._script = (_BEHIND if fast else "") + _SERVE
        self._route_prefix = document.route_prefix
        # A stop waits for the slowest answer that is still allowed.
        self._grace_s = max(model.limits.timeout_s for model in document.models)
        self._signals = 0

    def __enter__(self) -> "Supervisor":
        for received in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(received, self._stop)
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-c", self._script, "run", str(self.config)],
                env=self._env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C in the terminal is for us to pass on, once
            )

        return self

    def __exit__(self, *exc: object) -> None:
        """What is left of the child's session goes too: its Ray, and an HAProxy that lost its parent."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + SESSION_ENDS_S
            while self._signalled(number) and time.monotonic() < deadline:
                time.sleep(0.1)
        self._folder.cleanup()

    def _signalled(self, number: int) -> bool:
        """Whether anything of the session was still there to hear a signal, in whichever group of processes."""
        self._child.poll()
        left = [each for each in psutil.process_iter() if _session(each) == self._child.pid]
        for each in left:
            with contextlib.suppress(psutil.Error):
                each.send_signal(number)
        return bool(left)

    @property
    def stopping(self) -> bool:
        return self._signals > 0

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    def wait(self) -> int:
        """The child's exit status, once it has ended; after a stop, zero."""
        while self.running and not self.stopping:
            try:
                self._child.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
        if self.stopping:
            close_front(self._child.pid, self._route_prefix, self._grace_s, hurried=lambda: self._signals > 1)
            self._child.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(STOP_S)
        return 0 if self.stopping else self._child.returncode or 1

    def tail(self, lines: int = 30) -> str:
        """The end of what the child wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1


def _session(process: psutil.Process) -> int | None:
    """The session that a process is in; one that ended and waits for its parent to notice is in none."""
    with contextlib.suppress(psutil.Error, OSError):
        return os.getsid(process.pid) if process.status() != psutil.STATUS_ZOMBIE else None
    return None


# A shell that starts us in the background has us ignore SIGINT, and the child would inherit that.
_SERVE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from ray.serve.scripts import cli; cli()"
)
_BEHIND = "from serve_app.precedence import let_others_go_first; let_others_go_first(); "
