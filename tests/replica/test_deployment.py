"""When a replica calls itself unhealthy: after the watchdog had its time, however short the model's own limit is."""

from types import SimpleNamespace
from typing import Any

import pytest

from serve_app.config.schema import Limits, Model
from serve_app.contract import Contract
from serve_app.replica.deployment import ModelDeployment
from serve_app.types import Load


class Still:
    """An executor whose batch has not moved for so long."""

    def __init__(self, stuck_s: float) -> None:
        self._stuck_s = stuck_s

    def load(self) -> Load:
        return Load(items=1, oldest_s=self._stuck_s, drained_per_s=0, stuck_s=self._stuck_s)


@pytest.mark.parametrize(
    ("timeout_s", "stuck_s", "healthy"), [(0.5, 4, True), (0.5, 11, False), (60, 110, True), (60, 121, False)]
)
async def test_a_slow_batch_is_no_reason_and_a_hung_one_is(timeout_s: float, stuck_s: float, healthy: bool) -> None:
    model = Model(name="m", hf_model_name="stub", hf_task="text-classification", limits=Limits(timeout_s=timeout_s))
    # Not an instance: Serve awaits what a deployment does when it goes, and nobody would here.
    replica: Any = SimpleNamespace(_executor=Still(stuck_s), _contract=Contract(model))
    if healthy:
        await ModelDeployment.check_health(replica)
    else:
        with pytest.raises(RuntimeError, match=f"nothing has moved for {stuck_s} s"):
            await ModelDeployment.check_health(replica)
