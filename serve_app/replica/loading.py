"""Loading takes a whole core and much memory for a while: on each machine only a few replicas do it at a time."""

import asyncio
import contextlib
import logging
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from filelock import FileLock, Timeout

from serve_app.errors import ModelCannotLoad

LIMIT = "SERVE_APP_LOADS"
"""The environment variable that says how many replicas of a machine load at a time; by default one for each core."""
LOOK_EVERY_S = 0.25
_DOOR_S = 10.0
_PLACES = "*.place"
logger = logging.getLogger("ray.serve")


class LoadGate:
    """Lets the processes of one user of this machine through in the order in which they came.

    Each holds a lock on a numbered file of its own from its arrival until it has loaded, and goes ahead once fewer
    than `limit` lower numbers are held. The system lets go of the lock of a process that dies.
    """

    def __init__(self, limit: int | None = None, folder: Path | None = None) -> None:
        self._limit = limit or loads_at_a_time()
        user = os.getuid() if hasattr(os, "getuid") else ""
        self._folder = folder or Path(tempfile.gettempdir()) / f"serve-app-loads-{user}"

    @contextlib.asynccontextmanager
    async def passed(self, name: str) -> AsyncIterator[None]:
        """Wait for one's turn; what is done inside counts as loading."""
        place: FileLock | None = None
        try:
            place = await asyncio.to_thread(self._take_place)
        except OSError as error:  # a full disk, or a folder of another user's: no reason not to serve
            logger.warning('model "%s" loads without waiting for others: %s', name, error)
        try:
            if place is not None:
                await self._turn(place, name)
            yield
        finally:
            if place is not None:
                _leave(place)

    def _take_place(self) -> FileLock:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # One at a time, so that a number is above those of all who are here and held before anybody asks for it.
        with FileLock(self._folder / "door.lock", timeout=_DOOR_S, poll_interval=0.01):
            last = max(map(_number, self._folder.glob(_PLACES)), default=0)
            place = FileLock(self._folder / f"{last + 1}.place", thread_local=False)
            place.acquire(blocking=False)
            return place

    async def _turn(self, place: FileLock, name: str) -> None:
        mine, waits = _number(Path(place.lock_file)), False
        while (ahead := await asyncio.to_thread(self._held_before, mine)) >= self._limit:
            if not waits:
                waits = True
                logger.info('model "%s" waits to load: %d load on this machine already', name, ahead)
            await asyncio.sleep(LOOK_EVERY_S)

    def _held_before(self, number: int) -> int:
        """How many that came before are still here, counted no further than it matters."""
        held = 0
        for path in sorted(self._folder.glob(_PLACES), key=_number):
            if held == self._limit or _number(path) >= number:
                break
            held += _is_held(path)
        return held


def loads_at_a_time() -> int:
    """What the environment says, or one for each core."""
    given = os.environ.get(LIMIT)
    if not given:
        return os.cpu_count() or 1
    if not given.isdecimal() or int(given) < 1:
        raise ModelCannotLoad(f"{LIMIT} says how many models load at a time: set it to a whole number from 1 on")
    return int(given)


def _number(path: Path) -> int:
    return int(path.stem) if path.stem.isdecimal() else 0


def _is_held(path: Path) -> bool:
    """Whether its process is alive; the file of one that died is swept away."""
    place = FileLock(path)
    try:
        place.acquire(blocking=False)
    except Timeout:
        return True
    _leave(place)
    return False


def _leave(place: FileLock) -> None:
    with contextlib.suppress(OSError):
        Path(place.lock_file).unlink()
    place.release()
