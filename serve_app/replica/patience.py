"""Ray starts a replica that cannot load again at once; here it waits longer each time, so that nobody else suffers."""

import contextlib
import hashlib
import json
import tempfile
import time
from pathlib import Path

from serve_app.config.schema import Model

FIRST_S, LONGEST_S = 2.0, 60.0
DOUBLINGS = 5
FORGOTTEN_S = 300.0
"""A failure so long ago is history: whatever is tried now is tried at once."""


class Patience:
    """Failures to load one very entry on one node of Ray, kept in a file because every try is a new process.

    A node's id is new whenever Ray is started: what is started again is tried at once.
    """

    def __init__(self, model: Model, node: str, folder: Path | None = None) -> None:
        digest = hashlib.sha256(f"{node}\n{model.model_dump_json()}".encode()).hexdigest()[:16]
        self._file = (folder or Path(tempfile.gettempdir()) / "serve-app-failures") / f"{digest}.json"

    def pause_s(self) -> float:
        """What the next try should wait; nothing before the first."""
        failures, at = self._read()
        if not failures or time.time() - at >= FORGOTTEN_S:
            return 0.0
        return min(FIRST_S * 2.0 ** min(failures - 1, DOUBLINGS), LONGEST_S)

    def failed(self) -> None:
        failures, at = self._read()
        again = failures + 1 if time.time() - at < FORGOTTEN_S else 1
        # A full disk, or a folder of another user's: no reason to say that instead of why the model cannot load.
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps([again, time.time()]))

    def loaded(self) -> None:
        with contextlib.suppress(OSError):
            self._file.unlink()

    def _read(self) -> tuple[int, float]:
        try:
            failures, at = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return 0, 0.0
        return int(failures), float(at)
