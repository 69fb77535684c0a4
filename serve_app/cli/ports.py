"""The ports that Ray opens for a configuration in the fast profile, and who can reach each."""

from typing import NamedTuple

from serve_app.cli.profile import HAPROXY_PORTS
from serve_app.config.document import OPEN_HOSTS, Document

EVERYWHERE = "every interface of the node"
FIREWALL = f"{EVERYWHERE}: close it in the firewall"
TOKEN = "guarded by Ray's token"


class Port(NamedTuple):
    """A port or several."""

    number: str
    use: str
    audience: str


RAYS: tuple[Port, ...] = (
    Port("8265", "Ray's dashboard and `serve deploy`", f"loopback, {TOKEN}"),
    Port("44217, 44227", "Ray's metrics of scaling and of the dashboard, without a password", FIREWALL),
    Port("random, metrics", "Ray's metrics of the node, ours among them, without a password", FIREWALL),
    Port(
        "random, gRPC",
        "Ray's store (6379 after `ray start`), node and every process; they take pickled data",
        f"{EVERYWHERE}, {TOKEN} alone",
    ),
)
HAPROXYS: tuple[Port, ...] = (
    Port(str(HAPROXY_PORTS["RAY_SERVE_HAPROXY_METRICS_PORT"]), "HAProxy: metrics, without a password", FIREWALL),
    Port(str(HAPROXY_PORTS["RAY_SERVE_HAPROXY_STATS_PORT"]), "HAProxy: statistics, without a password", FIREWALL),
)


def ports_of(found: Document) -> tuple[Port, ...]:
    """All of them, ours first."""
    if found.proxy_location == "Disabled":
        return Port("none", "HTTP is disabled", "callers by handle, inside the cluster"), *RAYS
    audience = _audience(found.host)
    return (
        Port(str(found.port), "HTTP: the models (HAProxy, or Ray's proxy without it)", audience),
        Port("30000-31000", "HTTP of the ingress replicas, one each, behind HAProxy", audience),
        Port("8500", "HTTP of Ray's proxy, for when HAProxy finds no ingress replica", audience),
        *_grpc(found, audience),
        *HAPROXYS,
        *RAYS,
    )


def _grpc(found: Document, audience: str) -> tuple[Port, ...]:
    """Ray opens these only where a servicer is configured."""
    options = found.deploy.get("grpc_options") or {}
    if not options.get("grpc_servicer_functions"):
        return ()
    return (
        Port(str(options.get("port", 9000)), "gRPC: HAProxy", audience),
        Port("40000-41000, 9500", "gRPC of the ingress replicas and of Ray's proxy", FIREWALL),
    )


def _audience(host: str) -> str:
    if host in OPEN_HOSTS:
        return f"{EVERYWHERE}: whoever reaches this machine"
    if host in ("127.0.0.1", "localhost", "::1"):
        return "loopback: programs on this machine"
    return f"whoever reaches {host}"
