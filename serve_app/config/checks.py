"""Turns the `args` of an application into what it serves, or tells every fault in them."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from serve_app.config.entries import entry_faults
from serve_app.config.faults import ConfigFaults, Fault, join
from serve_app.config.routes import Placed, clashes
from serve_app.config.schema import Graph, Ingress, Model, Server
from serve_app.config.sections import read_section

log = logging.getLogger(__name__)

WILDCARD_CREDENTIALS = (
    "allow_origins holds '*', so allow_credentials is left out: "
    "cookies must not go to an API that is open to every site"
)


class GraphShape(BaseModel):
    """The outline of a graph's `args`; its parts are read one by one, so that one fault hides no other."""

    model_config = ConfigDict(extra="forbid")

    models: list[Any] = Field(min_length=1, description="What is served")
    server: Any = None


class Parts(NamedTuple):
    """What was found in the `args` of one application."""

    models: tuple[Placed, ...] = ()
    server: Server = Server()
    faults: tuple[Fault, ...] = ()


def graph_of(args: Mapping[str, Any], where: str = "args") -> Graph:
    """What `serve_app.app:build` is to serve."""
    parts = sound(graph_parts(args, where))
    return Graph(models=tuple(placed.model for placed in parts.models), server=_told(parts.server, where))


def model_of(args: Mapping[str, Any], where: str = "args") -> Model:
    """What `serve_app.app:model` is to serve."""
    return sound(model_parts(args, where)).models[0].model


def ingress_of(args: Mapping[str, Any], where: str = "args") -> Server:
    """How `serve_app.app:ingress` is to serve."""
    return _told(sound(ingress_parts(args, where)).server, where)


def graph_parts(args: Any, where: str, application: str = "") -> Parts:
    """The models and the server in the `args` of a graph."""
    shape = read_section(GraphShape, args, where)
    if shape.value is None:
        return Parts(faults=shape.faults)
    models = [
        model_parts(entry, join(where, "models", index), application) for index, entry in enumerate(shape.value.models)
    ]
    server = read_section(Server, shape.value.server or {}, join(where, "server"))
    faults = [*shape.faults, *(fault for part in models for fault in part.faults), *server.faults]
    return Parts(tuple(placed for part in models for placed in part.models), server.value or Server(), tuple(faults))


def model_parts(args: Any, where: str, application: str = "") -> Parts:
    """The one model that an entry describes."""
    reading = read_section(Model, args, where)
    models = (Placed(where, reading.value, application),) if reading.value else ()
    return Parts(models=models, faults=reading.faults)


def ingress_parts(args: Any, where: str) -> Parts:
    """The server in the `args` of an ingress."""
    reading = read_section(Ingress, args, where)
    return Parts(server=reading.value.server if reading.value else Server(), faults=reading.faults)


def together(models: Sequence[Placed], faults: Iterable[Fault]) -> list[Fault]:
    """What does not hang together, in an entry or between entries, beyond the faults that are known."""
    faulted = frozenset(fault.path for fault in faults)
    inside = [fault for where, model, _ in models for fault in entry_faults(model, where, faulted)]
    return inside + clashes(models, faulted)


def sound(parts: Parts) -> Parts:
    """The same parts, if nothing is wrong with them."""
    faults = [*parts.faults, *together(parts.models, parts.faults)]
    if faults:
        raise ConfigFaults(faults)
    return parts


def guarded(server: Server) -> tuple[Server, tuple[str, ...]]:
    """The server without what would be unsafe, and a warning for what was taken away."""
    if server.allow_credentials and "*" in server.allow_origins:
        return server.model_copy(update={"allow_credentials": False}), (WILDCARD_CREDENTIALS,)
    return server, ()


def _told(server: Server, where: str) -> Server:
    server, warnings = guarded(server)
    for warning in warnings:
        log.warning("%s: %s", join(where, "server"), warning)
    return server
