"""What a test may do to the processes behind a live server, through Ray's own state."""

import json
import subprocess
import sys
from typing import Any

_ASK = """
import json, os, sys
import ray
ray.init(address="auto", log_to_driver=False, logging_level="ERROR")
from ray.serve.context import _get_global_client
apps = _get_global_client().get_serve_details()["applications"]
print("DETAILS" + json.dumps({
    name: {d["name"]: [r["pid"] for r in d["replicas"] if r["state"] == "RUNNING"] for d in app["deployments"].values()}
    for name, app in apps.items()
}))
"""


def run_driver(script: str, *arguments: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """A Python caller beside the server, as a user would write it."""
    import os

    env = os.environ | {"RAY_AUTH_MODE": "token", "RAY_SERVE_RUN_ROUTER_IN_SEPARATE_LOOP": "1"}
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env=env,
        check=False,
    )


def pids() -> dict[str, dict[str, list[int]]]:
    """Process ids of running replicas by application and deployment."""
    done = run_driver(_ASK)
    lines = [line for line in done.stdout.splitlines() if line.startswith("DETAILS")]
    assert lines, done.stderr
    found: dict[str, dict[str, list[Any]]] = json.loads(lines[0].removeprefix("DETAILS"))
    return found
