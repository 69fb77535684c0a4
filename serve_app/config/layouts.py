"""The two layouts of a file that Ray Serve deploys: one application for all models, or one for each."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from serve_app.config.checks import Parts, graph_parts, ingress_parts, model_parts
from serve_app.config.faults import Fault, join
from serve_app.config.ray_file import (
    LOOPBACK,
    Application,
    HttpOptions,
    RayFile,
    override_faults,
    read_application,
    tls_faults,
)
from serve_app.config.schema import Server
from serve_app.config.sections import read_section
from serve_app.config.spelling import advise, found, nearest

PACKAGE = "serve_app"
BUILD, INGRESS, MODEL = "serve_app.app:build", "serve_app.app:ingress", "serve_app.app:model"
READERS: dict[str, Callable[[Any, str, str], Parts]] = {
    BUILD: graph_parts,
    INGRESS: lambda args, where, _: ingress_parts(args, where),
    MODEL: model_parts,
}
ABSENT_HOST = (
    f"http_options.host is not given: serve-app takes {LOOPBACK}, but Ray itself would listen on every interface"
)
HIDDEN = "a model is reached through the ingress: write `route_prefix: null`"
LATE = "is read when Ray starts, so an application's runtime_env comes too late for it"


@dataclass(frozen=True)
class Outline:
    """What a file says, before the question whether it hangs together."""

    layout: Literal["one application", "one application per model", "krypton"] = "one application"
    parts: Parts = field(default_factory=Parts)
    ingress_application: str = ""
    route_prefix: str = "/"
    http: HttpOptions = field(default_factory=HttpOptions)
    proxy_location: str = "EveryNode"
    warnings: tuple[str, ...] = ()
    deploy: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def hopeless(cls, *faults: Fault) -> "Outline":
        """The outline of a file in which nothing can be made out."""
        return cls(parts=Parts(faults=faults))


class Reading(NamedTuple):
    """One application of the file; without `application` it could not be made out."""

    where: str
    application: Application | None
    parts: Parts
    warnings: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """What it is, by its import path."""
        return self.application.import_path if self.application else ""


def outline(data: Mapping[str, Any]) -> Outline:
    """The outline of a file with `applications:`."""
    file = read_section(RayFile, data, "")
    if file.value is None:
        return Outline.hopeless(*file.faults)
    http = file.value.http_options
    ours = [_reading(raw, join("applications", index)) for index, raw in enumerate(file.value.applications)]
    faults = [*file.faults, *tls_faults(http), *(fault for reading in ours for fault in reading.parts.faults)]
    faults += [*_duplicate_names(file.value.applications), *_composition(ours)]
    front = next((reading for reading in ours if reading.path in (BUILD, INGRESS)), None)
    warnings = [] if "host" in http.model_fields_set else [ABSENT_HOST]
    if file.value.proxy_location == "Disabled":
        warnings.append("proxy_location is Disabled: there is no HTTP, only calls by handle")
    return Outline(
        layout="one application" if front and front.path == BUILD else "one application per model",
        parts=Parts(
            tuple(placed for reading in ours for placed in reading.parts.models),
            front.parts.server if front else Server(),
            tuple(faults),
        ),
        ingress_application=front.application.name if front and front.application else "",
        route_prefix=(front.application.route_prefix if front and front.application else None) or "/",
        http=http,
        proxy_location=file.value.proxy_location,
        warnings=(*warnings, *(warning for reading in ours for warning in reading.warnings)),
        deploy={**data, "http_options": {"host": http.host, **(data.get("http_options") or {})}},
    )


def without_credentials(outline: Outline) -> dict[str, Any]:
    """The file to deploy, its CORS credentials taken out."""
    deploy = deepcopy(dict(outline.deploy))
    for application in deploy["applications"]:
        if application["import_path"] in (BUILD, INGRESS):
            application["args"]["server"].pop("allow_credentials")
    return deploy


def _reading(raw: Any, where: str) -> Reading:
    """One application: its own block, then its `args` by what its import path names."""
    application, faults = read_application(raw, where)
    if application is None or any(fault.path == join(where, "import_path") for fault in faults):
        return Reading(where, None, Parts(faults=tuple(faults)))
    path = application.import_path
    if path not in READERS:
        if path.partition(".")[0] == PACKAGE or nearest(path, READERS):
            wrong = Fault(
                join(where, "import_path"), f"unknown import path {found(path)}", advise(path, READERS, "ours")
            )
            return Reading(where, None, Parts(faults=(*faults, wrong)))
        warning = f"{where}: {path} is not ours, so its args go to Ray unchecked"
        return Reading(where, application, Parts(faults=tuple(faults)), (warning,))
    parts = READERS[path](application.args, join(where, "args"), application.name)
    faults += [*parts.faults, *override_faults(application, where, _deployments(path, parts))]
    variables = application.runtime_env.get("env_vars") or {}
    late = tuple(f"{where}.runtime_env.env_vars.{name} {LATE}" for name in variables if str(name).startswith("RAY_"))
    return Reading(where, application, parts._replace(faults=tuple(faults)), late)


def _deployments(path: str, parts: Parts) -> tuple[str, ...] | None:
    """The names of an application's deployments, unless one of them is at fault itself."""
    names = {placed.model.name: join(placed.where, "name") for placed in parts.models}
    if {fault.path for fault in parts.faults} & {*names.values(), *(placed.where for placed in parts.models)}:
        return None
    return (*names, *(() if path == MODEL else ("ingress",)))


def _duplicate_names(applications: list[Any]) -> list[Fault]:
    faults, first = [], dict[str, int]()
    for index, raw in enumerate(applications):
        name = str(raw.get("name", "default")) if isinstance(raw, Mapping) else ""
        if name and first.setdefault(name, index) != index:
            owner = join("applications", first[name])
            faults.append(Fault(join("applications", index, "name"), f"'{name}' is the name of {owner} already"))
    return faults


def _composition(readings: list[Reading]) -> list[Fault]:
    """One front door, and models only behind it; not asked while an application is unreadable."""
    if any(reading.application is None for reading in readings):
        return []
    fronts = [reading for reading in readings if reading.path in (BUILD, INGRESS)]
    models = [reading for reading in readings if reading.path == MODEL]
    faults = [
        Fault(join(front.where, "route_prefix"), "expected a path such as '/', found nothing")
        for front in fronts
        if front.application and front.application.route_prefix is None
    ]
    faults += [
        Fault(
            join(model.where, "route_prefix"), f"expected null, found {found(model.application.route_prefix)}", HIDDEN
        )
        for model in models
        if model.application and model.application.route_prefix is not None
    ]
    faults += [
        Fault(join(front.where, "import_path"), f"{front.path} is a second front door beside {fronts[0].where}")
        for front in fronts[1:]
    ]
    if not fronts:
        hint = f"add one with import_path: {INGRESS if models else BUILD}"
        faults.append(Fault("applications", "no application takes the requests", hint))
    elif fronts[0].path == BUILD and models:
        hint = f"list its entry under the models of {fronts[0].where}, or replace {BUILD} by {INGRESS}"
        faults.append(Fault(join(models[0].where, "import_path"), f"{MODEL} stands beside {BUILD}", hint))
    elif fronts[0].path == INGRESS and not models:
        faults.append(Fault("applications", "no application serves a model", f"add one with import_path: {MODEL}"))
    return faults
