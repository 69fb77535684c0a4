"""A configuration file, read whole: what it serves, and the form of it that Ray Serve deploys."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from serve_app.config import checks, krypton, layouts, yaml_source
from serve_app.config.faults import ConfigFaults, Fault
from serve_app.config.layouts import BUILD, Outline
from serve_app.config.ray_file import HttpOptions
from serve_app.config.schema import Model, Server
from serve_app.config.spelling import advise

APPLICATION = "serve-app"
OPEN_HOSTS = ("0.0.0.0", "::", "")
FORMS = ("applications", krypton.ROOT)


@dataclass(frozen=True)
class Document:
    """A sound configuration."""

    source: Path
    layout: Literal["one application", "one application per model", "krypton"]
    models: tuple[Model, ...]
    server: Server
    applications: Mapping[str, str]
    """The application of each model, by the model's name."""
    ingress_application: str
    route_prefix: str
    host: str
    port: int
    proxy_location: str
    warnings: tuple[str, ...]
    deploy: Mapping[str, Any]

    def serve_config(self) -> dict[str, Any]:
        """The file that `serve run` and `serve deploy` take."""
        return deepcopy(dict(self.deploy))

    @property
    def url(self) -> str:
        """Where a client on this machine finds the ingress, without a slash at the end."""
        host = "127.0.0.1" if self.host in OPEN_HOSTS else self.host
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}{self.route_prefix.rstrip('/')}"


def read(path: str | Path) -> Document:
    """The document in a file, or a `ConfigFaults` with everything that is wrong with it."""
    path = Path(path)
    source = yaml_source.load(path)
    outline = _outline(source.data)
    faults = [*source.faults, *outline.parts.faults]
    faults += checks.together(outline.parts.models, faults)
    if faults:
        located = sorted((source.located(fault) for fault in dict.fromkeys(faults)), key=lambda fault: fault.line or 0)
        raise ConfigFaults(located, str(path))
    server, withdrawn = checks.guarded(outline.parts.server)
    models = tuple(placed.model for placed in outline.parts.models)
    return Document(
        source=path,
        layout=outline.layout,
        models=models,
        server=server,
        applications={placed.model.name: placed.application for placed in outline.parts.models},
        ingress_application=outline.ingress_application,
        route_prefix=outline.route_prefix,
        host=outline.http.host,
        port=outline.http.port,
        proxy_location=outline.proxy_location,
        warnings=(*outline.warnings, *withdrawn, *_exposed(outline), *_cut_short(outline, models)),
        deploy=layouts.without_credentials(outline) if withdrawn else outline.deploy,
    )


def _outline(data: Any) -> Outline:
    if isinstance(data, Mapping):
        if krypton.ROOT in data:
            return _krypton_outline(data)
        if "applications" in data:
            return layouts.outline(data)
        if "models" in data:
            hint = f"put them under applications[0].args, with import_path: {BUILD}, or under krypton"
            return Outline.hopeless(Fault("", "expected `applications:` or `krypton:`, found `models:`", hint))
    keys = ", ".join(f"`{key}:`" for key in data) if isinstance(data, Mapping) and data else "no mapping"
    hint = " ".join(advise(key, FORMS) for key in list(data)[:1]) if isinstance(data, Mapping) else ""
    return Outline.hopeless(Fault("", f"expected `applications:` or `krypton:`, found {keys}", hint))


def _krypton_outline(data: Mapping[Any, Any]) -> Outline:
    parts, host, port, warnings = krypton.krypton_parts(data, APPLICATION)
    graph = {
        "models": [placed.model.model_dump(mode="json", exclude_unset=True) for placed in parts.models],
        "server": parts.server.model_dump(mode="json", exclude_unset=True),
    }
    application = {"name": APPLICATION, "route_prefix": "/", "import_path": BUILD, "args": graph}
    return Outline(
        layout="krypton",
        parts=parts,
        ingress_application=APPLICATION,
        http=HttpOptions(host=host, port=port),
        warnings=warnings,
        deploy={"http_options": {"host": host, "port": port}, "applications": [application]},
    )


def _exposed(outline: Outline) -> tuple[str, ...]:
    if outline.http.host not in OPEN_HOSTS:
        return ()
    return (
        f"host {outline.http.host or 'of no name'} opens port {outline.http.port}, and the replicas' ports 30000-31000 "
        "behind it, to every machine that can reach this one, without asking who calls",
    )


def _cut_short(outline: Outline, models: tuple[Model, ...]) -> tuple[str, ...]:
    timeout = outline.http.request_timeout_s
    longer = [model.name for model in models if timeout is not None and model.limits.timeout_s > timeout]
    if not longer:
        return ()
    return (
        f"http_options.request_timeout_s ({timeout:g} s) ends requests before limits.timeout_s of {', '.join(longer)}",
    )
