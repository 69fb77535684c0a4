"""Every field of the config that Ray Serve is told of arrives there; nothing is started."""

from typing import Any

import pytest
from ray.serve import Application

from serve_app.app import NEVER_BLOCKS, build, ingress, model
from serve_app.config.faults import ConfigFaults

ENTRY: dict[str, Any] = {"name": "m", "hf_model_name": "x", "hf_task": "embeddings", "engine": "stub"}


def deployment_of(application: Application) -> Any:
    return application._bound_deployment


def deployed(**fields: Any) -> Any:
    """The deployment of one entry."""
    return deployment_of(model({**ENTRY, **fields}))


def test_what_is_not_said_has_its_default() -> None:
    made = deployed()
    assert made.name == "m"
    assert made.ray_actor_options == {"num_cpus": 0.1, "num_gpus": 0}
    assert (made.num_replicas, made._deployment_config.autoscaling_config) == (1, None)
    assert made.max_ongoing_requests == NEVER_BLOCKS
    assert made._deployment_config.graceful_shutdown_timeout_s == 60
    assert made.logging_config["log_level"] == "WARNING"


def test_resources() -> None:
    resources = {
        "num_cpus": 2, "num_gpus": 0.25, "memory": 2**30, "accelerator_type": "A100", "custom": {"fpga": 1},
    }  # fmt: skip
    made = deployed(hf_device="cuda", resources=resources)
    assert made.ray_actor_options == {
        "num_cpus": 2, "num_gpus": 0.25, "memory": 2**30, "accelerator_type": "A100", "resources": {"fpga": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("resources", "percent"), [({}, 100), ({"num_gpus": 0.5}, 0), ({"memory": 1}, 0), ({"custom": {"fpga": 1}}, 0)]
)
def test_an_update_starts_beside_the_old_one_where_both_fit(resources: dict[str, Any], percent: int) -> None:
    made = deployed(resources=resources, hf_device="cuda" if "num_gpus" in resources else "cpu")
    assert made._deployment_config.max_surge_percent == percent


@pytest.mark.filterwarnings("ignore:The `metrics_interval_s` field")  # the variable for it is not set by `serve run`
def test_replicas_are_fixed_or_follow_the_load() -> None:
    assert deployed(num_replicas=3).num_replicas == 3
    scaling = {
        "min_replicas": 0, "max_replicas": 4, "initial_replicas": 2, "target_ongoing_requests": 7,
        "upscale_delay_s": 1, "downscale_delay_s": 5, "downscale_to_zero_delay_s": 9,
    }  # fmt: skip
    found = deployed(autoscaling=scaling)._deployment_config.autoscaling_config
    assert found.model_dump(include=set(scaling)) == scaling
    assert found.policy.policy_function == "serve_app.replica.autoscaling:policy"
    assert found.metrics_interval_s < found.look_back_period_s, "else the policy reads nothing"


def test_limits_and_debug() -> None:
    made = deployed(limits={"timeout_s": 7}, options={"debug": True})
    assert made._deployment_config.graceful_shutdown_timeout_s == 7
    assert made.logging_config["log_level"] == "INFO"


def test_one_graph_is_the_ingress_and_its_models() -> None:
    front = deployment_of(build({"models": [ENTRY, {**ENTRY, "name": "n"}], "server": {"ingress_replicas": 2}}))
    server, models, bound = front.init_args
    assert (front.name, front.num_replicas, server.ingress_replicas) == ("ingress", 2, 2)
    assert front.ray_actor_options["num_cpus"] == 0
    assert [entry.name for entry in models] == ["m", "n"]
    assert [deployment_of(application).name for application in bound] == ["m", "n"]


def test_the_ingress_alone_has_no_models_of_its_own() -> None:
    front = deployment_of(ingress({"server": {"debug": True}}))
    assert front.init_args[1:] == ((), [])
    assert front.logging_config["log_level"] == "INFO"


def test_wrong_args_end_before_anything_is_bound() -> None:
    with pytest.raises(ConfigFaults, match=r"args\.models\[0\]\.zzz"):
        build({"models": [{**ENTRY, "zzz": 1}]})
