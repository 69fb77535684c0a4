"""The original's form, `krypton: {models, server}`: what of it is served here, and how."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from serve_app.config.checks import Parts, model_parts
from serve_app.config.faults import Fault, join
from serve_app.config.ray_file import LOOPBACK
from serve_app.config.routes import Placed
from serve_app.config.schema import Server
from serve_app.config.sections import read_section
from serve_app.config.spelling import advise, found

ROOT = "krypton"
SERVED, SKIPPED = "huggingface", ("langchain", "custom")
WITHOUT_EFFECT = ("module_path", "callable")


class KryptonShape(BaseModel):
    """The outline of the original's file."""

    model_config = ConfigDict(extra="forbid")

    models: list[Any] = Field(min_length=1, description="What is served")
    server: Any = None


class KryptonServer(Server):
    """The original's server block, which holds the address as well."""

    host: str = LOOPBACK
    port: StrictInt = Field(8000, ge=1, le=65_535)


class KryptonParts(NamedTuple):
    """What was found in an original file."""

    parts: Parts
    host: str
    port: int
    warnings: tuple[str, ...]


def krypton_parts(data: Mapping[Any, Any], application: str) -> KryptonParts:
    """The models and the server of an original file."""
    faults = [
        Fault(str(key), f"unknown key {found(key)}", f"an original file holds `{ROOT}:` alone")
        for key in data
        if key != ROOT
    ]
    shape = read_section(KryptonShape, data[ROOT], ROOT)
    faults += shape.faults
    entries = shape.value.models if shape.value else []
    server = read_section(KryptonServer, (shape.value and shape.value.server) or {}, join(ROOT, "server"))
    sharing = Counter(_gpu(entry) for entry in entries)
    models: list[Placed] = []
    warnings: list[str] = []
    for index, entry in enumerate(entries):
        where = join(ROOT, "models", index)
        kind = entry.get("type") or SERVED if isinstance(entry, Mapping) else SERVED
        if kind in SKIPPED:
            warnings.append(f"{where}: {found(entry.get('name'))} is skipped: type {kind} is not served here")
            continue
        if kind != SERVED:
            hint = advise(kind, (SERVED, *SKIPPED), "types")
            faults.append(Fault(join(where, "type"), f"unknown type {found(kind)}", hint))
        ours, told = _ours(entry, where, sharing)
        warnings += told
        part = model_parts(ours, where, application)
        models += part.models
        faults += part.faults
    faults += server.faults
    if not models and not faults:
        faults.append(Fault(join(ROOT, "models"), "no entry is of type huggingface, so nothing is left to serve"))
    listening = server.value or KryptonServer()
    plain = Server.model_validate(listening.model_dump(exclude={"host", "port"}, exclude_unset=True))
    return KryptonParts(Parts(tuple(models), plain, tuple(faults)), listening.host, listening.port, tuple(warnings))


def _ours(entry: Any, where: str, sharing: Mapping[str | None, int]) -> tuple[Any, list[str]]:
    """The entry as ours would be written, and what is told about the difference."""
    if not isinstance(entry, Mapping):
        return entry, []
    told = [f"{where}.{key} has no effect on a Hugging Face model" for key in WITHOUT_EFFECT if key in entry]
    ours = {key: value for key, value in entry.items() if key not in (*WITHOUT_EFFECT, "type")}
    if (gpu := _gpu(entry)) is not None:
        share = int(10_000 / sharing[gpu]) / 10_000
        ours |= {"hf_device": "cuda", "resources": {"num_gpus": share}}
        told.append(f"{where}: the original shares a GPU among its models, so resources.num_gpus is {share:g}")
        if entry["hf_device"] != "cuda":
            told.append(f"{where}: Ray chooses the GPU, so hf_device is cuda and not {entry['hf_device']}")
    return ours, told


def _gpu(entry: Any) -> str | None:
    """Which GPU an entry shares with others; none when it has none, or says itself how much it takes."""
    device = entry.get("hf_device") if isinstance(entry, Mapping) and entry.get("resources") is None else None
    match = re.fullmatch(r"cuda(?::(\d+))?", device) if isinstance(device, str) else None
    return (match[1] or "0") if match else None
