"""A curl line that works, for a model's own example."""

import json
import shlex
from urllib.parse import quote

from serve_app.config.schema import Model
from serve_app.contract import Contract
from serve_app.demo.table import TABLE
from serve_app.models.sources import locate


def curl_line(base_url: str, model: Model) -> str:
    value, parameters = Contract(model).task.example()
    source = locate(model)
    if source.kind == "demo":
        value = TABLE[source.name].example
    body = {"text": value} | ({"generation_params": parameters} if parameters else {})
    data = shlex.quote(json.dumps(body, ensure_ascii=False))
    url = shlex.quote(base_url + quote(model.path))
    return f"curl {url} -H 'Content-Type: application/json' -d {data}"
