"""Ray starts a replica that cannot load again at once; here it waits longer each time, so that nobody else suffers."""

import hashlib
import json
import tempfile
import time
from pathlib import Path

from serve_app.config.schema import Model

FIRST_S, LONGEST_S = 2.0, 60.0
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
        return min(FIRST_S * 2 ** (failures - 1), LONGEST_S) if failures and time.time() - at < FORGOTTEN_S else 0.0

    def failed(self) -> None:
        failures, at = self._read()
        again = failures + 1 if time.time() - at < FORGOTTEN_S else 1
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps([again, time.time()]))

    def loaded(self) -> None:
        self._file.unlink(missing_ok=True)

    def _read(self) -> tuple[int, float]:
        try:
            failures, at = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return 0, 0.0
        return int(failures), float(at)
