"""The ports that Ray opens for a configuration, and who can reach each."""

from typing import NamedTuple

from serve_app.config.document import OPEN_HOSTS, Document

TOKEN = "guarded by Ray's token"
EVERYWHERE = "every interface of the node"


class Port(NamedTuple):
    """A port or a range of them."""

    number: str
    use: str
    audience: str


def ports_of(found: Document) -> tuple[Port, ...]:
    """All ports of the fast profile, ours first."""
    audience = _audience(found.host)
    if found.proxy_location == "Disabled":
        ours = Port("none", "HTTP is disabled", "callers by handle, inside the cluster")
    else:
        ours = Port(str(found.port), "HTTP: the models (HAProxy, or Ray's proxy without it)", audience)
    return (
        ours,
        Port("30000-31000", "direct ingress: HAProxy to the ingress replicas, HTTP", audience),
        Port("40000-41000", "direct ingress: the same for gRPC, where it is configured", audience),
        Port("9101", "HAProxy: metrics, without a password", f"{EVERYWHERE}: close it in the firewall"),
        Port("8404", "HAProxy: statistics, without a password", f"{EVERYWHERE}: close it in the firewall"),
        Port("8265", "Ray's dashboard and `serve deploy`", f"loopback, {TOKEN}"),
        Port("6379 or random", "Ray's control store (GCS)", f"the node's network, {TOKEN}"),
        Port("random", "gRPC, one for each replica; takes pickled data", f"{EVERYWHERE}, {TOKEN} alone"),
    )


def _audience(host: str) -> str:
    if host in OPEN_HOSTS:
        return f"{EVERYWHERE}: whoever reaches this machine"
    if host in ("127.0.0.1", "localhost", "::1"):
        return "loopback: programs on this machine"
    return f"whoever reaches {host}"
