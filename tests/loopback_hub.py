"""A model hub on loopback: folders by model id, with the few routes that downloads ask for."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def serve(models: Mapping[str, Path]) -> Iterator["LoopbackHub"]:
    """The hub while it runs; `url` is what HF_ENDPOINT takes."""
    hub = LoopbackHub(dict(models))
    thread = threading.Thread(target=hub.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()


class LoopbackHub(ThreadingHTTPServer):
    """Remembers which files were fetched."""

    daemon_threads = True

    def __init__(self, models: dict[str, Path]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.models = models
        self.fetched: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


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
        path = unquote(urlsplit(self.path).path).removeprefix("/")
        api = path.startswith("api/models/")
        path = path.removeprefix("api/models/")
        name = next((name for name in self.server.models if path == name or path.startswith(f"{name}/")), None)
        if name is None:
            return self._fail("RepoNotFound")
        kind, _, rest = path.removeprefix(name).removeprefix("/").partition("/")
        revision, _, file = rest.partition("/")
        if revision not in ("", "main", COMMIT):
            return self._fail("RevisionNotFound")
        folder = self.server.models[name]
        if api:
            return self._send(
                json.dumps(_listing(name, folder, kind)).encode(), {"Content-Type": "application/json"}, body
            )
        if not (folder / file).is_file():
            return self._fail("EntryNotFound")
        if body:
            self.server.fetched.append(f"{name}/{file}")
        content = (folder / file).read_bytes()
        return self._send(content, {"X-Repo-Commit": COMMIT, "ETag": f'"{hashlib.sha1(content).hexdigest()}"'}, body)

    def _fail(self, code: str) -> None:
        self._send(b"", {"X-Error-Code": code}, True, status=404)

    def _send(self, content: bytes, headers: Mapping[str, str], body: bool, status: int = 200) -> None:
        self.send_response(status)
        for header, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(header, value)
        self.end_headers()
        if body:
            self.wfile.write(content)


def _listing(name: str, folder: Path, kind: str) -> Any:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if kind == "tree":
        return [
            {
                "type": "file",
                "path": path.relative_to(folder).as_posix(),
                "size": path.stat().st_size,
                "oid": hashlib.sha1(path.read_bytes()).hexdigest(),
            }
            for path in files
        ]
    siblings = [{"rfilename": path.relative_to(folder).as_posix()} for path in files]
    return {"_id": name, "id": name, "modelId": name, "sha": COMMIT, "private": False, "siblings": siblings}
