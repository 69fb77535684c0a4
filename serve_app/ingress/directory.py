"""Which models there are, where they are served, and in what state: the only answer to "who serves NAME"."""

import asyncio
import contextlib
import difflib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from serve_app.config.checks import model_of
from serve_app.config.faults import ConfigFaults
from serve_app.config.schema import Model
from serve_app.errors import NotFound, NotReady
from serve_app.ingress.entry import Entry
from serve_app.ingress.status import LOADING, Applications, Status, status_of
from serve_app.refusals import brief

HOLD_S = 1.0
"""A call for a model that does not serve is held so long before its 503: some clients retry a 503 at once, forever."""
MODEL_BUILDER = "serve_app.app:model"
"""The import path by which a model's own application is known."""
MODELS = "/models/"
_COMPARED = 300
logger = logging.getLogger("ray.serve")


class Place(NamedTuple):
    """A model entry and the application that serves it."""

    model: Model
    application: str


class Directory:
    """Follows Serve's own status, which tells state and reason without waking a model that sleeps."""

    def __init__(self, own: Iterable[Place], fetch: Callable[[], Applications], period_s: float = 1.0) -> None:
        self._own = tuple(own)
        self._fetch = fetch
        self._period_s = period_s
        self._entries: dict[str, Entry] = {}
        self._paths: dict[str, Entry] = {}
        self._on_hub: dict[str, Entry] = {}
        self._status: dict[str, Status] = {}
        self._read: dict[str, tuple[Any, Model | None]] = {}
        self._changed = asyncio.Event()
        self.listeners: list[Callable[[], None]] = []
        self._place(self._own)

    def entries(self) -> list[Entry]:
        return list(self._entries.values())

    def at(self, path: str) -> Entry | None:
        """The model whose URL this is: its endpoint, or `/models/` with its own name or that on the hub."""
        path = path.rstrip("/")
        return self._paths.get(path) or (self._on_hub.get(path[len(MODELS) :]) if path.startswith(MODELS) else None)

    def paths(self) -> list[str]:
        """Every URL path of a model."""
        return list(self._paths)

    def find(self, name: str) -> Entry:
        entry = self._entries.get(name) or self._on_hub.get(name)
        if entry is None:
            raise NotFound(f'there is no model "{brief(name)}"; {nearest(name, list(self._entries))}')
        return entry

    def status(self, name: str) -> Status:
        return self._status.get(name, Status(LOADING, "Ray Serve has not reported on it yet"))

    async def answering(self, entry: Entry, wait_s: float) -> None:
        """Return once the model takes calls, or raise why it does not; one that failed is waited for no longer."""
        began: float | None = None
        while not (status := self.status(entry.name)).takes_calls:
            now = asyncio.get_running_loop().time()
            began = now if began is None else began
            left = began + (wait_s if status.state == LOADING else min(wait_s, HOLD_S)) - now
            if left <= 0:
                raise NotReady(
                    f'model "{entry.name}" is {status.state}: {status.reason}', retry_after_s=status.patience_s
                )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._changed.wait()

    async def follow(self) -> None:
        """Keep up with Serve for as long as the ingress lives."""
        while True:
            try:
                await self.refresh()
            except Exception:
                logger.exception("Serve's status could not be read: what was known last stays")
            settled = self._status and all(status.state != LOADING for status in self._status.values())
            await asyncio.sleep(self._period_s if settled else self._period_s / 4)

    async def refresh(self) -> None:
        applications = await asyncio.to_thread(self._fetch)
        self._place((*self._own, *self._discovered(applications)))
        self._status = {
            entry.name: status_of(applications, entry.application, entry.name) for entry in self._entries.values()
        }
        self._changed.set()
        self._changed = asyncio.Event()
        for listener in self.listeners:
            listener()

    def _place(self, places: Iterable[Place]) -> None:
        known = self._entries
        self._entries = {}
        for place in places:
            entry = known.get(place.model.name)
            if entry is None or (entry.model, entry.application) != place:
                entry = Entry(*place)
            self._entries.setdefault(entry.name, entry)
        # Several models may be made of the same files: under the name of those, the first one answers.
        self._on_hub = {entry.model.hf_model_name: entry for entry in reversed(self._entries.values())}
        self._paths = {f"{MODELS}{entry.name}": entry for entry in self._entries.values()}
        self._paths |= {entry.model.path: entry for entry in self._entries.values()}

    def _discovered(self, applications: Applications) -> Iterable[Place]:
        """The models that have an application of their own."""
        before, self._read = self._read, {}
        for name, application in applications.items():
            config: Mapping[str, Any] = application.get("deployed_app_config") or {}
            if config.get("import_path") != MODEL_BUILDER or application.get("status") == "DELETING":
                continue
            args = config.get("args") or {}
            known = before.get(name)
            self._read[name] = known if known and known[0] == args else (args, _read(args, name))
            if (model := self._read[name][1]) is not None:
                yield Place(model, name)


def _read(args: Any, application: str) -> Model | None:
    """The entry in an application's `args`; Serve itself says what is wrong with one that cannot be read."""
    try:
        return model_of(args, application)
    except ConfigFaults:
        return None


def nearest(wanted: str, known: Sequence[str]) -> str:
    """What exists instead, the likeliest first."""
    close = difflib.get_close_matches(wanted[:_COMPARED], known, n=1)
    return (f'did you mean "{close[0]}"? ' if close else "") + f"there are: {', '.join(known) or 'none'}"


def settled(directory: Directory) -> bool:
    """Whether every model has come to rest, and at least one serves."""
    statuses = [directory.status(entry.name) for entry in directory.entries()]
    return all(status.state != LOADING for status in statuses) and any(status.serves for status in statuses)


def all_serve(directory: Directory) -> bool:
    return settled(directory) and all(directory.status(entry.name).serves for entry in directory.entries())
