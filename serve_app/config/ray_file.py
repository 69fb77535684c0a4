"""The form that Ray Serve deploys: what stands around our applications, checked as Ray itself does not."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt

from serve_app.config.faults import Fault, join
from serve_app.config.sections import read_section
from serve_app.config.spelling import advise, found

LOOPBACK = "127.0.0.1"
TLS_KEYS = ("ssl_keyfile", "ssl_certfile", "ssl_keyfile_password", "ssl_ca_certs")
MOVED = {"host": "http_options.host", "port": "http_options.port"}
STEADY = "set server.ingress_replicas: streams end when an ingress goes, and limits are divided by their number"
DEPLOYMENT_KEYS = (
    "name",
    "num_replicas",
    "max_ongoing_requests",
    "max_queued_requests",
    "backpressure_config",
    "user_config",
    "autoscaling_config",
    "graceful_shutdown_wait_loop_s",
    "graceful_shutdown_timeout_s",
    "health_check_period_s",
    "health_check_timeout_s",
    "ray_actor_options",
    "placement_group_bundles",
    "placement_group_strategy",
    "placement_group_bundle_label_selector",
    "max_replicas_per_node",
    "logging_config",
    "request_router_config",
    "gang_scheduling_config",
    "deployment_actors",
    "rolling_update_percentage",
    "max_surge_percent",
)


class RayBlock(BaseModel):
    """A block that is Ray's: null means what it means to Ray."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HttpOptions(RayBlock):
    """Where Ray Serve listens."""

    host: str = LOOPBACK
    port: StrictInt = Field(8000, ge=1, le=65_535)
    root_path: str = ""
    request_timeout_s: StrictFloat | None = Field(None, gt=0)
    keep_alive_timeout_s: StrictInt = Field(90, ge=1)
    ssl_keyfile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile_password: str | None = None
    ssl_ca_certs: str | None = None


class RayFile(RayBlock):
    """The file as a whole."""

    proxy_location: Literal["EveryNode", "HeadOnly", "Disabled"] = "EveryNode"
    http_options: HttpOptions = HttpOptions()
    grpc_options: dict[str, Any] = Field(default_factory=dict)
    controller_options: dict[str, Any] | None = None
    logging_config: dict[str, Any] | None = None
    tracing_config: dict[str, Any] | None = None
    applications: list[Any] = Field(min_length=1, description="The applications to serve")
    target_capacity: StrictFloat | None = Field(None, ge=0, le=100)


class Application(RayBlock):
    """One application; its `args` are read by what its import path names."""

    name: str = Field("default", min_length=1)
    route_prefix: str | None = "/"
    import_path: str = Field(description="serve_app.app:build, serve_app.app:ingress or serve_app.app:model")
    runtime_env: dict[str, Any] = Field(default_factory=dict)
    deployments: list[dict[str, Any]] = Field(default_factory=list)
    autoscaling_policy: dict[str, Any] | None = None
    args: Any = Field(default_factory=dict)
    logging_config: dict[str, Any] | None = None
    external_scaler_enabled: StrictBool = False


def tls_faults(http: HttpOptions) -> list[Fault]:
    """In the fast profile replicas would speak TLS while HAProxy in front of them does not."""
    return [
        Fault(
            join("http_options", key), "TLS is what the fast profile cannot do", "terminate TLS in front of the server"
        )
        for key in TLS_KEYS
        if getattr(http, key) is not None
    ]


def read_application(raw: Any, where: str) -> tuple[Application | None, list[Fault]]:
    """One application of the file, with the faults of all but its `args`."""
    reading = read_section(Application, raw, where)
    faults = [
        fault._replace(hint=f"it belongs into {MOVED[key]}")
        if (key := fault.path.rpartition(".")[2]) in MOVED and fault.path == join(where, key)
        else fault
        for fault in reading.faults
    ]
    application = reading.value
    if application is None:
        return None, faults
    prefix = application.route_prefix
    if prefix is not None and (
        prefix[:1] != "/" or (prefix != "/" and prefix.endswith("/")) or set("{}") & set(prefix)
    ):
        faults.append(
            Fault(join(where, "route_prefix"), f"expected '/' or a path such as '/api', found {found(prefix)}")
        )
    if "#" in application.name:
        faults.append(Fault(join(where, "name"), f"expected a name without '#', found {found(application.name)}"))
    return application, faults


def override_faults(application: Application, where: str, deployments: tuple[str, ...] | None) -> list[Fault]:
    """What is wrong with the options that an application's `deployments:` give over ours, if all of ours are known."""
    faults = []
    for index, override in enumerate(application.deployments):
        place = join(where, "deployments", index)
        if deployments is not None and override.get("name") not in deployments:
            name = override.get("name")
            hint = advise(name, deployments, "deployments")
            faults.append(Fault(join(place, "name"), f"unknown deployment {found(name)}", hint))
        if override.get("name") == "ingress":
            faults += [
                Fault(join(place, key), "the fast profile needs a steady number of ingress replicas", STEADY)
                for key in ("num_replicas", "autoscaling_config")
                if override.get(key) is not None
            ]
        faults += [
            Fault(join(place, key), f"unknown key {found(key)}", advise(key, DEPLOYMENT_KEYS, "keys"))
            for key in override
            if key not in DEPLOYMENT_KEYS
        ]
    return faults
