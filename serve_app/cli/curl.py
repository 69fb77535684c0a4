"""A curl line that works, for a model's own example."""

import base64
import json
import shlex
from typing import Any
from urllib.parse import quote

from serve_app.cli.example import example_of
from serve_app.config.schema import Model

_LONGEST = 500
"""A line that holds more is nothing that a person would look at."""


def curl_line(base_url: str, model: Model) -> str:
    url = shlex.quote(base_url + quote(model.path))
    value, parameters = example_of(model)
    if isinstance(value, bytes) and not parameters:
        return f"serve-app example {shlex.quote(model.hf_model_name)} {model.hf_task} | curl {url} --data-binary @-"
    body = {"text": value} | ({"generation_params": parameters} if parameters else {})
    data = json.dumps(body, ensure_ascii=False, default=_in_json)
    if len(data) > _LONGEST:
        return f"serve-app example {shlex.quote(model.hf_model_name)} {model.hf_task} | curl {url} --json @-"
    return f"curl {url} -H 'Content-Type: application/json' -d {shlex.quote(data)}"


def _in_json(value: Any) -> str:
    return base64.b64encode(value).decode()
