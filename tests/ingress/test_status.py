from typing import Any

import pytest

from serve_app.ingress.status import Status, reason_in, status_of
from tests.ingress.service import deployment

TRACEBACK = """The deployment failed to start 3 times in a row. This may be due to a problem with its constructor or \
initial health check failing. See controller logs for details. Error:
ray::ServeReplica:app:m.initialize_and_get_metadata() (pid=7, ip=127.0.0.1)
  File "/x/replica.py", line 1, in initialize
    raise RuntimeError(traceback.format_exc()) from None
RuntimeError: Traceback (most recent call last):
  File "/x/deployment.py", line 39, in __init__
    raise ModelCannotLoad(str(error)) from None
serve_app.errors.ModelCannotLoad: there is no folder ./weights;
put the model there
"""
REASON = "there is no folder ./weights;\nput the model there"
RETRYING = "A replica failed to start with exception. Retrying 1 more time(s)."
UNHEALTHY = "A replica's health check failed."


def told(details: dict[str, Any] | None, app: dict[str, Any] | None = None) -> Status:
    deployments = {} if details is None else {"m": details}
    return status_of(
        {"app": {"status": "RUNNING", "message": "", "deployments": deployments} | (app or {})}, "app", "m"
    )


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (deployment(), Status("ready", "", 1, 1)),
        (deployment("UPSCALING", 1, 3), Status("ready", "", 1, 3)),
        (deployment("UNHEALTHY", 1, 2, UNHEALTHY), Status("ready", UNHEALTHY, 1, 2)),
        (deployment("UPDATING", 0, 1), Status("loading", "its replicas are starting", 0, 1)),
        (deployment("UPDATING", 0, 1, "Waiting for a GPU"), Status("loading", "Waiting for a GPU", 0, 1)),
        (deployment("HEALTHY", 0, 0), Status("idle", "scaled to zero; the next request wakes it", 0, 0)),
        (deployment("DOWNSCALING", 0, 0), Status("idle", "scaled to zero; the next request wakes it", 0, 0)),
        (deployment("UPSCALING", 0, 1), Status("idle", "was scaled to zero and is waking", 0, 1)),
        (deployment("DEPLOY_FAILED", 0, 1, TRACEBACK), Status("failed", REASON, 0, 1)),
        (deployment("UPSCALING", 0, 1, RETRYING), Status("failed", RETRYING, 0, 1)),
        (
            deployment("UNHEALTHY", 0, 1, UNHEALTHY),
            Status("loading", "its process ended and is being replaced", 0, 1, replacing=True),
        ),
    ],
)
def test_the_states_of_a_deployment(details: dict[str, Any], expected: Status) -> None:
    assert told(details) == expected


def test_replicas_that_start_or_stop_do_not_serve() -> None:
    details = deployment("UPDATING", 0, 3)
    details["replicas"] = [{"state": "STARTING"}, {"state": "RUNNING"}, {"state": "STOPPING"}]
    assert told(details) == Status("ready", "", 1, 3)
    details["replicas"] = [{"state": "STARTING"}, {"state": "STOPPING"}]
    assert told(details).state == "loading"


def test_before_the_deployment_the_application_tells() -> None:
    assert status_of({}, "app", "m") == Status("loading", "its application is not deployed yet")
    assert told(None) == Status("loading", "its deployment is being made")
    failed = {"status": "DEPLOY_FAILED", "message": "3 faults in args\nmodels[0].name: wrong"}
    assert told(None, failed) == Status("failed", "3 faults in args")


def test_who_serves_and_who_takes_calls() -> None:
    by_state = {state: Status(state) for state in ("loading", "ready", "idle", "failed")}
    assert [state for state, status in by_state.items() if status.serves] == ["ready", "idle"]
    assert [state for state, status in by_state.items() if status.takes_calls] == ["ready", "idle"]
    replacing = Status("loading", replacing=True)
    assert replacing.takes_calls and not replacing.serves
    assert by_state["loading"].patience_s < by_state["failed"].patience_s


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("", ""),
        ("One line.", "One line."),
        ("First line.\nSecond line.", "First line."),
        (TRACEBACK, REASON),
        (
            'Error:\nTraceback (most recent call last):\n  File "x.py", line 1\n    f()\nValueError: odd\n\n',
            "ValueError: odd",
        ),
        (
            "serve_app.errors.ModelCannotLoad: the first\n\nDuring …\nserve_app.errors.ModelCannotLoad: the last",
            "the last",
        ),
    ],
)
def test_the_sentence_for_people(message: str, reason: str) -> None:
    assert reason_in(message) == reason
