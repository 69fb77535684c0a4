"""Asking by tensors, and reading the tensors of an answer again, as a stranger to the server would."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import numpy as np

from tests.ingress.service import Service


def tensor(name: str, data: Any, datatype: str = "BYTES", shape: list[int] | None = None) -> dict[str, Any]:
    """One input, by default with the shape of its data."""
    return {"name": name, "datatype": datatype, "shape": shape or list(np.shape(data)), "data": data}


async def infer(service: Service, model: str, *inputs: Mapping[str, Any], **more: Any) -> httpx.Response:
    return await service.post(f"/v2/models/{model}/infer", {"inputs": [*inputs], **more})


def outputs_of(reply: httpx.Response) -> dict[str, Any]:
    """The outputs as lists in lists, by name."""
    assert reply.status_code == 200, reply.text
    answer = reply.json()
    assert answer["model_version"] == "1"
    return {
        output["name"]: np.array(output["data"], object).reshape(output["shape"]).tolist()
        for output in answer["outputs"]
    }


def refusal(reply: httpx.Response) -> tuple[int, str]:
    """Status and words of an error in the protocol's shape."""
    body = reply.json()
    assert body.keys() == {"error"} and isinstance(body["error"], str)
    return reply.status_code, body["error"]


def framed(head: Mapping[str, Any], *tails: bytes) -> tuple[bytes, dict[str, str]]:
    """A body with binary tensors, and its headers."""
    written = json.dumps(head).encode()
    headers = {"Inference-Header-Content-Length": str(len(written)), "Content-Type": "application/octet-stream"}
    return b"".join((written, *tails)), headers
