"""The HAProxy before the ingress: how it is closed without losing a request."""

import contextlib
import signal
import time
from collections.abc import Callable

import httpx
import psutil

POLL_S = 0.1
QUIET_POLLS = 3
"""So often in a row nothing may be under way: a request may be between two processes, and so may a reply."""


def close_front(parent: int, route_prefix: str, grace_s: float, hurried: Callable[[], bool]) -> None:
    """Have HAProxy take nothing new, and return once everything that was accepted has been answered.

    It ends by itself only when the last idle connection is gone, and clients keep theirs: so the ingresses behind it
    are asked for what they still have under way.
    """
    with contextlib.suppress(psutil.Error):
        front = [each for each in psutil.Process(parent).children(recursive=True) if each.name() == "haproxy"]
        index = route_prefix.rstrip("/") + "/"
        ingresses = {f"http://{address}{index}" for each in front for address in _behind(each)}
        for each in front:
            each.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + grace_s
        quiet = 0
        while front and quiet < QUIET_POLLS and time.monotonic() < deadline and not hurried():
            time.sleep(POLL_S)
            quiet = 0 if any(_under_way(ingress) for ingress in ingresses) else quiet + 1


def _behind(haproxy: psutil.Process) -> set[str]:
    """The servers that HAProxy is connected to; to its clients it is itself the listener."""
    connections = haproxy.net_connections("tcp")
    listening = {each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN}
    return {
        f"{each.raddr.ip}:{each.raddr.port}"
        for each in connections
        if each.status == psutil.CONN_ESTABLISHED and each.laddr.port not in listening
    }


def _under_way(ingress: str) -> bool:
    try:
        return bool(httpx.get(ingress, timeout=1).json()["under_way"])
    except httpx.ConnectError:
        return False  # gone, and what it had with it
    except (httpx.HTTPError, ValueError, KeyError):
        return True  # too busy to say
