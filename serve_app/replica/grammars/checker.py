"""The near side of the process that compiles a stranger's grammar first: started when needed, again when it died."""

import os
import signal
import subprocess
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import NamedTuple

from serve_app.replica.grammars import checking

START_S = 30.0
"""On a machine that is busy with loading, a process may start slowly."""
GIVE_UP_S = checking.LIMIT_S + 0.4
"""The process ends by itself before; this is for one that cannot even do that."""
_TOO_SLOW = (signal.SIGALRM, signal.SIGPROF, signal.SIGKILL)


class Checker:
    """Used by one thread at a time."""

    def __init__(self) -> None:
        self._far: _Far | None = None
        self._ready = False

    def against(self, kind: str, text: str) -> str:
        """The reason why this grammar cannot be used, or nothing; `OSError` when no process can be had."""
        far = self._started()
        try:
            far.connection.send_bytes(f"{kind}\n{text}".encode("utf-8", "surrogatepass"))
            if far.connection.poll(GIVE_UP_S):
                return far.connection.recv_bytes().decode()
        except (EOFError, ConnectionError):
            pass
        ended_by = self.close()
        # Where one such grammar comes from there may be more; the next process starts while nobody waits for it.
        self._far = _start()
        return "it takes too long to compile" if ended_by in _TOO_SLOW else "to compile it takes too much memory"

    def close(self) -> int:
        """End the process; the signal that ended it, ours or one from before."""
        far, self._far, self._ready = self._far, None, False
        if far is None:
            return 0
        far.connection.close()
        far.process.kill()
        return -far.process.wait()

    def _started(self) -> "_Far":
        far = self._far = self._far or _start()
        if not self._ready:
            try:
                if not far.connection.poll(START_S):
                    raise EOFError
                far.connection.recv_bytes()
            except EOFError:
                self.close()
                raise ChildProcessError("the process that checks grammars did not start") from None
            self._ready = True
        return far


class _Far(NamedTuple):
    process: "subprocess.Popen[bytes]"
    connection: Connection


def _start() -> _Far:
    near, far = Pipe()
    with far:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", checking.__name__, str(far.fileno())],
            pass_fds=[far.fileno()],
            # It finds the same modules, and holds none of this process's secrets.
            env={"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return _Far(process, near)
