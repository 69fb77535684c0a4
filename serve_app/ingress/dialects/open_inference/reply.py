"""The answer to an inference request: JSON, and behind it the tensors that are wanted in binary."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from starlette.responses import Response

from serve_app.ingress.dialects.open_inference.datatypes import BYTES
from serve_app.ingress.dialects.open_inference.elements import in_binary
from serve_app.ingress.dialects.open_inference.framing import BINARY, HEADER
from serve_app.ingress.dialects.open_inference.outputs import Answered
from serve_app.ingress.replies import json_bytes, json_reply

VERSION = "1"
"""Models have no versions here; clients that name one want some."""


class Wanted(NamedTuple):
    """What a request wants to read: the tensors by name, whether each comes in binary, and whether the others do."""

    id: str | None
    binary: Mapping[str, bool]
    otherwise_binary: bool


def head_of(model: str, wanted: Wanted) -> dict[str, Any]:
    told = {} if wanted.id is None else {"id": wanted.id}
    return {"model_name": model, "model_version": VERSION, **told}


def reply(model: str, tensors: Sequence[Answered], wanted: Wanted) -> Response:
    outputs, tail = [], []
    for tensor in tensors:
        told = {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.array.shape)}
        if wanted.binary.get(tensor.name, wanted.otherwise_binary):
            raw = in_binary(tensor.array.ravel()) if tensor.datatype == BYTES else tensor.array.tobytes()
            tail.append(raw)
            outputs.append({**told, "parameters": {"binary_data_size": len(raw)}})
        else:
            outputs.append({**told, "data": _in_json(tensor)})
    answer = {**head_of(model, wanted), "outputs": outputs}
    if not tail:
        return json_reply(answer)
    head = json_bytes(answer)
    return Response(b"".join((head, *tail)), headers={HEADER: str(len(head))}, media_type=BINARY)


def _in_json(tensor: Answered) -> Any:
    """Row by row in one list; what is no text stands in base64."""
    flat = np.ascontiguousarray(tensor.array).ravel()
    if tensor.datatype != BYTES:
        return flat
    return [value if isinstance(value, str) else b64encode(value).decode() for value in flat]
