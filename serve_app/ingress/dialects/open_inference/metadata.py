"""A model's tensors, as its metadata lists them."""

from typing import Any

from serve_app.ingress.dialects.open_inference.datatypes import WRITTEN
from serve_app.ingress.dialects.open_inference.inputs import takes
from serve_app.ingress.dialects.open_inference.outputs import COUNT, gives
from serve_app.ingress.dialects.open_inference.reading import datatypes_of
from serve_app.ingress.dialects.open_inference.reply import VERSION
from serve_app.ingress.dialects.open_inference.schemas import Kind
from serve_app.ingress.entry import Entry

ANY = -1


def metadata(entry: Entry) -> dict[str, Any]:
    """An axis of -1 is as long as a request makes it."""
    return {
        "name": entry.name,
        "versions": [VERSION],
        "platform": f"{entry.model.engine}_{entry.task.name}",
        "inputs": _inputs(entry),
        "outputs": _outputs(entry),
    }


def _inputs(entry: Entry) -> list[dict[str, Any]]:
    wants = takes(entry.task)
    return [
        _tensor(name, datatypes_of(part.kind)[0], [ANY] * (1 + part.depth), part.kind, name not in wants.needed)
        for name, part in wants.all.items()
    ]


def _outputs(entry: Entry) -> list[dict[str, Any]]:
    gave = gives(entry.task)
    told = []
    for column in gave.columns:
        part = column.part
        shape = [ANY] * (1 + gave.lists + part.depth) + ([len(part.among)] if part.among else [])
        told.append(_tensor(column.name, WRITTEN[part.kind].datatype, shape, part.kind, column.optional))
    if gave.counted:
        told.append(_tensor(COUNT, "INT64", [ANY], "whole", not gave.lists))
    return [*told, _tensor("json", "BYTES", [ANY], "json", True)]


def _tensor(name: str, datatype: str, shape: list[int], kind: Kind, optional: bool) -> dict[str, Any]:
    parameters = {"holds": kind, "optional": optional}
    return {"name": name, "datatype": datatype, "shape": shape, "parameters": parameters}
