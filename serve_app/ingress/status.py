"""A model's state and its reason, read from what Ray Serve reports of its deployment."""

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Applications = Mapping[str, Mapping[str, Any]]
State = Literal["loading", "ready", "idle", "failed"]
LOADING: State = "loading"
READY: State = "ready"
IDLE: State = "idle"
FAILED: State = "failed"

_GAVE_UP = "DEPLOY_FAILED"
_REPLACING = "UNHEALTHY"
_WAKING = "UPSCALING"
"""With no replica at all: what is deployed for the first time is UPDATING."""
_FAILED_START = ("A replica failed to start", "The deployment failed to start")
_REASON = re.compile(r"serve_app\.errors\.ModelCannotLoad: (.*?)(?:\n\n|\n\S+Error|\n*\Z)", re.DOTALL)


class Status(NamedTuple):
    """One model now."""

    state: State
    reason: str = ""
    replicas: int = 0
    target_replicas: int = 0
    replacing: bool = False
    """It served, its last process ended, and the next one is on its way: calls wait for that one."""

    @property
    def serves(self) -> bool:
        return self.state in (READY, IDLE)

    @property
    def takes_calls(self) -> bool:
        return self.serves or self.replacing

    @property
    def patience_s(self) -> float:
        """When it is worth asking again."""
        return 5.0 if self.state == LOADING else 30.0


def status_of(applications: Applications, application: str, name: str) -> Status:
    """The state of the deployment `name`, by what runs first and by what Serve says of it second."""
    app = applications.get(application)
    if app is None:
        return Status(LOADING, "its application is not deployed yet")
    deployment = app.get("deployments", {}).get(name)
    if deployment is None:
        state = FAILED if app.get("status") == _GAVE_UP else LOADING
        return Status(state, reason_in(app.get("message", "")) or "its deployment is being made")
    return _status_of(deployment)


def _status_of(deployment: Mapping[str, Any]) -> Status:
    message, target = deployment.get("message", ""), deployment.get("target_num_replicas", 0)
    running = sum(replica.get("state") == "RUNNING" for replica in deployment.get("replicas", ()))
    reason = reason_in(message)
    if running:
        return Status(READY, reason, running, target)
    if deployment.get("status") == _GAVE_UP or message.startswith(_FAILED_START):
        return Status(FAILED, reason, 0, target)
    if deployment.get("status") == _REPLACING:
        return Status(LOADING, "its process ended and is being replaced", 0, target, replacing=True)
    if deployment.get("status") == _WAKING:
        return Status(IDLE, "was scaled to zero and is waking", 0, target)
    if target == 0:
        return Status(IDLE, "scaled to zero; the next request wakes it", 0, 0)
    return Status(LOADING, reason or "its replicas are starting", 0, target)


def reason_in(message: str) -> str:
    """The sentence for people in one of Serve's messages; a traceback is left where it is, in the logs."""
    found = _REASON.findall(message)
    if found:
        return str(found[-1]).strip()
    if "Traceback" in message:
        return next((line for line in reversed(message.strip().splitlines()) if line[:1].strip()), "")
    return message.strip().split("\n")[0]
