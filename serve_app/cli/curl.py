"""A curl line that works, for a model's own example."""

import json
import shlex
from contextlib import suppress
from urllib.parse import quote

from serve_app.config.schema import Model
from serve_app.contract import Contract
from serve_app.demo.table import TABLE
from serve_app.errors import InvalidInput
from serve_app.models.sources import locate


def curl_line(base_url: str, model: Model) -> str:
    contract, source = Contract(model), locate(model)
    value, parameters = contract.task.example()
    if source.kind == "demo":
        # A demo model may serve another task than the one that its example is for.
        with suppress(InvalidInput):
            [value], _ = contract.inputs(TABLE[source.name].example, "text")
    body = {"text": value} | ({"generation_params": parameters} if parameters else {})
    data = shlex.quote(json.dumps(body, ensure_ascii=False))
    url = shlex.quote(base_url + quote(model.path))
    return f"curl {url} -H 'Content-Type: application/json' -d {data}"
