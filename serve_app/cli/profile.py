"""The fast profile: what must be in the environment of the process that starts Ray, and why."""

import os
import sys
from collections.abc import Mapping

FAST: Mapping[str, str] = {
    # No extra threads and loops in a replica, gRPC between deployments, requests straight to the ingress replica.
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    # HAProxy in front instead of a Python proxy.
    "RAY_SERVE_ENABLE_HA_PROXY": "1",
    # Envelopes and large inputs between deployments; Serve's own limit is 4 MB.
    "RAY_SERVE_REPLICA_GRPC_MAX_MESSAGE_LENGTH": str(256 * 1024 * 1024),
    # The ingress keeps its answers coming while HAProxy notices that it leaves.
    "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "5",
    # Streams outlive a reload of HAProxy.
    "RAY_SERVE_HAPROXY_HARD_STOP_AFTER_S": "3600",
    # Ten times a second, in every replica, is more than any dashboard shows, and stops the threads that run the model.
    "RAY_SERVE_METRICS_EXPORT_INTERVAL_MS": "1000",
    # Ten times a second, the controller took a tenth of a core with the 32 models of the shipped config.
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.5",
    # Replicas are no lower in rank than Ray's own processes.
    "RAY_worker_niceness": "0",
    # A sender that stalls is cut.
    "RAY_SERVE_HAPROXY_TIMEOUT_CLIENT_S": "300",
}
ALWAYS: Mapping[str, str] = {
    # A model that cannot load is tried again until it can.
    "RAY_SERVE_MAX_PER_REPLICA_RETRY_COUNT": "1000000",
    # Autoscaling reads what was told in the last three seconds.
    "RAY_SERVE_REPLICA_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "1",
    "RAY_SERVE_HANDLE_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "1",
    # Children of a process that was killed go with it, HAProxy among them.
    "RAY_process_group_cleanup_enabled": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}

HAPROXY_PORTS: Mapping[str, int] = {"RAY_SERVE_HAPROXY_METRICS_PORT": 9101, "RAY_SERVE_HAPROXY_STATS_PORT": 8404}
"""What HAProxy listens on beside the configured port, by the variables that say otherwise."""


def environment(fast: bool) -> dict[str, str]:
    """Variables for the process that starts Ray; what the user has set already stays."""
    chosen = {**ALWAYS, **(FAST if fast else {})}
    return {**chosen, **os.environ, "PYTHONUNBUFFERED": "1"}


def available() -> str | None:
    """Why the fast profile cannot be had here, or None."""
    if sys.platform != "linux":
        return f"HAProxy comes with ray[serve] on Linux only, and this is {sys.platform}"
    return None
