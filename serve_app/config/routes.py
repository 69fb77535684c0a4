"""Which URL paths are taken: by the built-in routes and by the other models."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from serve_app.config.faults import Fault, join
from serve_app.config.schema import Model

RESERVED: dict[str, str] = {
    "/": "what is served",
    "/health": "whether the server is alive",
    "/ready": "whether the models are ready",
    "/models": "the list of models",
    "/registry/models": "the list of models in the original's form",
    "/openapi.json": "the API's description",
    "/docs": "the API's documentation",
    "/metrics": "the metrics",
}
RESERVED_FOLDERS: dict[str, str] = {
    "/-/": "Ray Serve's own routes",
    "/v1/": "the OpenAI API",
    "/v2/": "the Open Inference Protocol",
    "/pipeline/": "the models by their tasks",
}
_UNSAFE = re.compile(r"[?#%{}\\\x00-\x1f\x7f]")


class Placed(NamedTuple):
    """A model with its place in the file and the application it belongs to."""

    where: str
    model: Model
    application: str = ""


def clashes(models: Sequence[Placed], faulted: frozenset[str]) -> list[Fault]:
    """Names and paths that more than one thing lays claim to, or that cannot be had at all."""
    faults: list[Fault] = []
    named = [placed for placed in models if join(placed.where, "name") not in faulted]
    routed = [placed for placed in named if join(placed.where, "endpoint") not in faulted]
    owners = {f"/models/{placed.model.name}": placed.model.name for placed in named}
    names: dict[str, str] = {}
    paths: dict[str, str] = {}
    for where, model, _ in named:
        if model.name in names:
            faults.append(Fault(join(where, "name"), f"'{model.name}' is the name of {names[model.name]} already"))
        names.setdefault(model.name, where)
    for where, model, _ in routed:
        place = join(where, "endpoint" if model.endpoint else "name")
        wrong = _malformed(model.path) or _taken(model.path) or _other(model, owners)
        if wrong is None and model.path in paths and (model.endpoint or names[model.name] == where):
            wrong = f"{model.path} is the endpoint of {paths[model.path]} already"
        if wrong:
            faults.append(Fault(place, wrong, "every model needs a path of its own, such as models/NAME/generate"))
        paths.setdefault(model.path, where)
    return faults


def _malformed(path: str) -> str | None:
    if _UNSAFE.search(path) or any(part.strip() != part or part in ("", ".", "..") for part in path[1:].split("/")):
        return f"expected a plain URL path, found '{path}'"
    return None


def _taken(path: str) -> str | None:
    use = RESERVED.get(path) or next(
        (use for folder, use in RESERVED_FOLDERS.items() if f"{path}/".startswith(folder)), None
    )
    return f"{path} is a built-in route: {use}" if use else None


def _other(model: Model, owners: dict[str, str]) -> str | None:
    owner = owners.get(model.path, model.name)
    return f"{model.path} is a built-in route: the state of model '{owner}'" if owner != model.name else None
