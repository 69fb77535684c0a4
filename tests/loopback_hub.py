"""A model hub on loopback: folders by model id, and the few routes that downloads ask for."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.loopback_faults import DAMAGES, REFUSALS, Fault

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = (".safetensors", ".bin")
"""Kept with Git LFS, and so named by SHA-256."""


@contextmanager
def serve(models: Mapping[str, Path]) -> Iterator["LoopbackHub"]:
    """The hub while it runs; `url` is what HF_ENDPOINT takes."""
    hub = LoopbackHub(dict(models))
    thread = threading.Thread(target=hub.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.closing.set()
        hub.shutdown()
        hub.server_close()
        thread.join()


class LoopbackHub(ThreadingHTTPServer):
    """Remembers which files were fetched; `faults` go by MODEL, for its description, and by MODEL/FILE."""

    daemon_threads = True

    def __init__(self, models: dict[str, Path]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.models = models
        self.commit = COMMIT
        self.faults: dict[str, Fault] = {}
        self.fetched: list[str] = []
        self.asked = 0
        self.ranges: list[str] = []
        self.tokens: set[str | None] = set()
        self.closing = threading.Event()
        self.storage = ""
        """Where large files really are, as with hubs whose files come from another host."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def fault(self, place: str) -> Fault | None:
        """The fault of a place, used up once more."""
        fault = self.faults.get(place)
        if fault is None or fault.times == 0:
            return None
        fault.times -= 1
        return fault

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is nothing to report."""


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the test output is not a log."""

    def _answer(self, body: bool) -> None:
        self.server.tokens.add(self.headers.get("Authorization"))
        path = unquote(urlsplit(self.path).path).removeprefix("/")
        api = path.startswith("api/models/")
        path = path.removeprefix("api/models/")
        name = next((name for name in self.server.models if path == name or path.startswith(f"{name}/")), None)
        if name is None:
            return self._fail(404, "RepoNotFound")
        kind, _, rest = path.removeprefix(name).removeprefix("/").partition("/")
        revision, _, file = rest.partition("/")
        if revision not in ("", "main", self.server.commit):
            return self._fail(404, "RevisionNotFound")
        folder = self.server.models[name]
        if not api:
            return self._file(f"{name}/{file}", folder / file, body)
        self.server.asked += 1
        if fault := self.server.fault(name):
            return self._refuse(fault)
        listing = json.dumps(_listing(name, folder, kind, self.server.commit)).encode()
        return self._send(200, {"Content-Type": "application/json"}, listing, body)

    def _file(self, place: str, path: Path, body: bool) -> None:
        fault = self.server.fault(place) if body else None
        if fault and fault.kind not in DAMAGES:
            return self._refuse(fault)
        if not path.is_file():
            return self._fail(404, "EntryNotFound")
        if self.server.storage and path.suffix in LARGE:
            return self._send(302, {"Location": self.server.storage + self.path}, b"", body)
        content = path.read_bytes()
        headers = {"X-Repo-Commit": self.server.commit, **_headers(path, content)}
        if body:
            self.server.fetched.append(place)
        if fault and fault.kind in ("truncated", "altered"):
            content = DAMAGES[fault.kind](content)
        start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        if not start:
            return self._send(200, headers, content, body, fault)
        self.server.ranges.append(f"{place} {start[1]}")
        first = int(start[1])
        if first >= len(content):
            return self._fail(416, "")
        headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        return self._send(206, headers, content[first:], body, fault)

    def _refuse(self, fault: Fault) -> None:
        status, code = REFUSALS[fault.kind]
        retry = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
        self._fail(status or fault.status, code, retry)

    def _fail(self, status: int, code: str, headers: Mapping[str, str] | None = None) -> None:
        self._send(status, {"X-Error-Code": code, **(headers or {})}, b"", True)

    def _send(
        self, status: int, headers: Mapping[str, str], content: bytes, body: bool, fault: Fault | None = None
    ) -> None:
        self.send_response(status)
        for header, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(header, value)
        self.end_headers()
        if not body:
            return
        if fault and fault.kind in ("broken", "stalled"):
            # What stalls stalls for good: a later part does not even begin.
            self.wfile.write(DAMAGES[fault.kind](content) if status == 200 or fault.kind == "broken" else b"")
            self.wfile.flush()
            self.close_connection = True
            if fault.kind == "stalled":
                self.server.closing.wait(30)
            return
        self.wfile.write(content)


def _headers(path: Path, content: bytes) -> dict[str, str]:
    headers = {"ETag": f'"{digest(path)}"'}
    if path.suffix in LARGE:
        headers |= {"X-Linked-Etag": f'"{digest(path)}"', "X-Linked-Size": str(len(content))}
    return headers


def digest(path: Path) -> str:
    """A file's name in a cache."""
    content = path.read_bytes()
    return hashlib.sha256(content).hexdigest() if path.suffix in LARGE else _git(content)


def _git(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _listing(name: str, folder: Path, kind: str, commit: str) -> Any:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    described = []
    for path in files:
        size, place = path.stat().st_size, path.relative_to(folder).as_posix()
        large = {"lfs": {"size": size, "sha256": digest(path), "oid": digest(path), "pointerSize": 130}}
        oid = _git(path.read_bytes())
        names = {"rfilename": place, "blobId": oid, "type": "file", "path": place, "oid": oid}
        described.append({**names, "size": size, **(large if path.suffix in LARGE else {})})
    if kind == "tree":
        return described
    return {"_id": name, "id": name, "modelId": name, "sha": commit, "private": False, "siblings": described}
