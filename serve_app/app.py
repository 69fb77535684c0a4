"""The builders that a Serve config names: `build` for one graph, `model` and `ingress` for one application each."""

from typing import Any

from ray import serve
from ray.serve import Application
from ray.serve.config import AutoscalingConfig, AutoscalingPolicy

from serve_app.config.checks import graph_of, ingress_of, model_of
from serve_app.config.schema import Model, Server
from serve_app.ingress.deployment import IngressDeployment
from serve_app.replica.deployment import ModelDeployment

INGRESS = "ingress"
NEVER_BLOCKS = 100_000
"""`max_ongoing_requests` where waiting has a better place: what waits in Ray's router has no deadline and no 429."""
RETRIES = 1_000_000
"""A model that cannot load is tried again until it can: Serve's own default gives it up after three."""


def build(args: dict[str, Any]) -> Application:
    """One graph of all the models in `args` and their ingress."""
    graph = graph_of(args)
    return _ingress(graph.server, graph.models, [_model(entry) for entry in graph.models])


def model(args: dict[str, Any]) -> Application:
    """An application of its own for one model: changed, rolled back and failing by itself."""
    return _model(model_of(args))


def ingress(args: dict[str, Any]) -> Application:
    """The ingress in front of every `model` application on the cluster."""
    return _ingress(ingress_of(args), (), [])


def _ingress(server: Server, models: tuple[Model, ...], bound: list[Application]) -> Application:
    deployment = serve.deployment(
        IngressDeployment,
        name=INGRESS,
        num_replicas=server.ingress_replicas,
        max_ongoing_requests=NEVER_BLOCKS,
        ray_actor_options={"num_cpus": 0},
        health_check_period_s=2,
        health_check_timeout_s=5,
        graceful_shutdown_wait_loop_s=0.5,
        logging_config=_logging(server.debug),
    )
    return deployment.bind(server, models, bound)


def _model(entry: Model) -> Application:
    scaling = (
        {"num_replicas": entry.num_replicas or 1}
        if entry.autoscaling is None
        else {"autoscaling_config": _scaling(entry)}
    )
    deployment = serve.deployment(
        ModelDeployment,
        name=entry.name,
        max_ongoing_requests=NEVER_BLOCKS,
        max_constructor_retry_count=RETRIES,
        ray_actor_options=_actor_options(entry),
        health_check_period_s=2,
        health_check_timeout_s=5,
        graceful_shutdown_timeout_s=entry.limits.timeout_s,
        graceful_shutdown_wait_loop_s=0.5,
        max_surge_percent=100 if entry.fits_twice else 0,
        logging_config=_logging(entry.options.get("debug", False)),
        **scaling,
    )
    return deployment.bind(entry)


def _logging(debug: bool) -> dict[str, Any]:
    # Serve makes a line for every call even where none is kept, unless the level forbids it, and that is felt.
    return {"enable_access_log": debug, "log_level": "INFO" if debug else "WARNING"}


def _actor_options(entry: Model) -> dict[str, Any]:
    resources = entry.resources
    options: dict[str, Any] = {"num_cpus": resources.num_cpus, "num_gpus": resources.num_gpus}
    if resources.memory is not None:
        options["memory"] = resources.memory
    if resources.accelerator_type is not None:
        options["accelerator_type"] = resources.accelerator_type
    if resources.custom:
        options["resources"] = dict(resources.custom)
    return options


def _scaling(entry: Model) -> AutoscalingConfig:
    scaling = entry.autoscaling
    assert scaling is not None
    return AutoscalingConfig(
        min_replicas=scaling.min_replicas,
        max_replicas=scaling.max_replicas,
        initial_replicas=scaling.initial_replicas,
        target_ongoing_requests=scaling.target_ongoing_requests,
        upscale_delay_s=scaling.upscale_delay_s,
        downscale_delay_s=scaling.downscale_delay_s,
        downscale_to_zero_delay_s=scaling.downscale_to_zero_delay_s,
        # With a report every 10 s, Serve's default, so short a look-back reads nothing and puts a busy model to sleep.
        metrics_interval_s=1.0,
        look_back_period_s=3.0,
        policy=AutoscalingPolicy(policy_function="serve_app.replica.autoscaling:policy"),
    )
