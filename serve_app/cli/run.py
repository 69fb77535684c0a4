"""`serve-app run`: checks the config, builds what it needs, serves it in the fast profile, and stops in good order."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import httpx
from rich.console import Console
from rich.table import Column, Table

from serve_app import tasks
from serve_app.cli.curl import curl_line
from serve_app.cli.profile import available, environment
from serve_app.cli.supervisor import Supervisor
from serve_app.config.document import Document, read
from serve_app.config.faults import ConfigFaults
from serve_app.models.sources import locate

READY_S = 600.0
SILENT_S = 60.0
console = Console(highlight=False, soft_wrap=True)


@click.command()
@click.argument("config", type=click.Path(dir_okay=False, path_type=Path), default="serve_config.yaml")
@click.option("--plain", is_flag=True, help="Without the fast profile, as a bare `serve run` would serve it.")
@click.option("--dashboard/--no-dashboard", default=True, help="Whether to name the Ray dashboard when ready.")
def run(config: Path, plain: bool, dashboard: bool) -> None:
    """Serve CONFIG: a Ray Serve file, or a whole file in the original format.

    Prints each model's name, task, URL and a curl line once they are ready. SIGTERM and Ctrl-C answer what is under
    way, then stop. For a cluster that runs already, use `serve-app deploy`.
    """
    try:
        document = read(config)
    except ConfigFaults as faults:
        raise click.ClickException(str(faults)) from None
    for warning in document.warnings:
        console.print(f"[yellow]warning:[/] {warning}")
    _check_port(document)
    _build_demos(document)
    unavailable = None if plain else available()
    if unavailable:
        console.print(f"[yellow]warning:[/] serving without the fast profile: {unavailable}")
    supervisor = Supervisor(document, environment(fast=not plain and not unavailable))
    supervisor.start()
    if document.proxy_location == "Disabled":
        console.print("no HTTP here (proxy_location: Disabled); `serve-app status` tells when the models are ready")
    else:
        _await_ready(document, supervisor, dashboard)
    status = supervisor.wait()
    console.print("stopped")
    sys.exit(status)


def _check_port(document: Document) -> None:
    with socket.socket(socket.AF_INET6 if ":" in document.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((document.host, document.port))
        except OSError as error:
            raise click.ClickException(
                f"port {document.port} on {document.host} is taken ({error.strerror}): stop what listens there, "
                "or set http_options.port in the config"
            ) from None


def _build_demos(document: Document) -> None:
    """Here, with one progress bar, rather than in every replica at once."""
    names = [source.name for model in document.models if (source := locate(model)).kind == "demo"]
    if names:
        built = subprocess.run(
            [sys.executable, "-m", "serve_app.demo", *dict.fromkeys(names)], stdout=subprocess.DEVNULL, check=False
        )
        if built.returncode:
            raise click.ClickException("a demo model could not be built; what went wrong is above")


def _await_ready(document: Document, supervisor: Supervisor, dashboard: bool) -> None:
    began = time.monotonic()
    told: dict[str, str] = {}
    words = f"starting Ray and loading {len(document.models)} models …"
    if not console.is_terminal:
        console.print(words)
    with console.status(words), httpx.Client(timeout=5) as client:
        while supervisor.running and not supervisor.stopping:
            reply = _ready(client, document)
            for name, state in (reply.get("models") or {}).items():
                if state["state"] == "failed" and told.get(name) != state["reason"]:
                    told[name] = state["reason"]
                    console.print(f"[red]{name} failed:[/] {state['reason']}")
            if reply.get("ready"):
                break
            if not reply and time.monotonic() - began > SILENT_S and "" not in told:
                told[""] = "silence"
                console.print("[red]the ingress does not answer yet;[/] `serve-app status` in another shell says why")
            if time.monotonic() - began > READY_S:
                console.print(f"[red]not ready after {READY_S:.0f} s;[/] still trying. See {document.url}/ready")
                return
            time.sleep(0.2)
    if supervisor.stopping:
        return
    if not supervisor.running:
        console.print(supervisor.tail())
        raise click.ClickException("serve run ended before the models were ready; the end of its log is above")
    _announce(document, reply["models"], time.monotonic() - began, dashboard)


def _ready(client: httpx.Client, document: Document) -> dict[str, Any]:
    try:
        reply = client.get(f"{document.url}/ready")
        return reply.json() if reply.headers.get("content-type") == "application/json" else {}
    except (httpx.HTTPError, ValueError):
        return {}


def _announce(document: Document, states: dict[str, Any], took_s: float, dashboard: bool) -> None:
    table = Table(
        "model", "task", "state", Column("URL", overflow="fold"), box=None, pad_edge=False, header_style="bold"
    )
    for model in document.models:
        task = tasks.find(model.hf_task)
        table.add_row(model.name, task.name if task else "", states[model.name]["state"], document.url + model.path)
    console.print(f"[green]ready[/] in {took_s:.1f} s at {document.url}")
    console.print(table)
    console.print()
    for model in document.models:
        console.print(curl_line(document.url, model), markup=False)
    console.print(f"\npages      {document.url}/docs   {document.url}/models   {document.url}/ready")
    if dashboard and "RAY_ADDRESS" not in os.environ:
        console.print("dashboard  http://127.0.0.1:8265 (its token: `serve-app token`)")
        console.print("Ray's CLI  export RAY_AUTH_MODE=token, then `serve status`; or `serve-app status`")
    console.print("stop       Ctrl-C, or SIGTERM to this process")
