"""A curl line that works, for a model's own example."""

import base64
import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from serve_app.cli.example import example_of
from serve_app.config.schema import Model

_LONGEST = 500
"""A line that holds more is nothing that a person would look at."""


def curl_line(base_url: str, model: Model) -> str:
    url = shlex.quote(base_url + quote(model.path))
    value, parameters = example_of(model)
    example = f"{_program()} example {shlex.quote(model.hf_model_name)} {model.hf_task}"
    if isinstance(value, bytes) and not parameters:
        return f"{example} | curl {url} --data-binary @-"
    body = {"text": value} | ({"generation_params": parameters} if parameters else {})
    data = json.dumps(body, ensure_ascii=False, default=_in_json)
    if len(data) > _LONGEST:
        return f"{example} | curl {url} --json @-"
    return f"curl {url} -H 'Content-Type: application/json' -d {shlex.quote(data)}"


def _program() -> str:
    """What a shell here calls us by: an environment that is not activated has us beside its Python."""
    if shutil.which("serve-app"):
        return "serve-app"
    ours, here = Path(sys.executable).with_name("serve-app"), Path.cwd()
    if not ours.exists():
        return f"{shlex.quote(sys.executable)} -m serve_app"
    return shlex.quote(str(ours.relative_to(here) if ours.is_relative_to(here) else ours))


def _in_json(value: Any) -> str:
    return base64.b64encode(value).decode()
