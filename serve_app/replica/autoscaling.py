"""How many replicas a model should have: by the requests that wait and run, not by the calls that carry them."""

import math
from collections.abc import Mapping
from typing import Any, Protocol

ITEMS, BACKLOG = "items", "backlog"


class Context(Protocol):
    """Serve's AutoscalingContext, as far as it is used."""

    current_num_replicas: int
    target_num_replicas: int
    capacity_adjusted_min_replicas: int
    capacity_adjusted_max_replicas: int
    total_num_requests: float
    aggregated_metrics: Mapping[str, Mapping[Any, float]]
    config: Any


def policy(ctx: Context) -> tuple[int, dict[str, Any]]:
    """Every request, in whichever queue, over the target; at least one replica while any call is under way."""
    lowest, highest = ctx.capacity_adjusted_min_replicas, ctx.capacity_adjusted_max_replicas
    metrics = ctx.aggregated_metrics or {}
    if ctx.current_num_replicas and not metrics.get(ITEMS):
        # Replicas run and none has reported: a late report is no reason to take one away.
        return min(max(ctx.target_num_replicas, lowest), highest), {}
    # Items are each replica's own; the backlog is the ingresses', and every replica was told of the same one.
    waiting = sum(metrics.get(ITEMS, {}).values()) + max(metrics.get(BACKLOG, {}).values(), default=0.0)
    target = ctx.config.target_ongoing_requests if ctx.config else 1
    desired = max(math.ceil(waiting / target), int(ctx.total_num_requests > 0))
    return min(max(desired, lowest), highest), {}
