"""`serve-app run`: checks the config, builds what it needs, serves it in the fast profile, and stops in good order."""

import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
from rich.markup import escape

from serve_app.cli import terminal
from serve_app.cli.profile import HAPROXY_PORTS, available, environment
from serve_app.cli.readiness import await_ready
from serve_app.cli.supervisor import Supervisor
from serve_app.config.document import Document, read
from serve_app.config.faults import ConfigFaults
from serve_app.models.sources import locate

console = terminal.console(markup=True)


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
        console.print(f"[yellow]warning:[/] {escape(warning)}")
    unavailable = None if plain else available()
    if unavailable:
        console.print(f"[yellow]warning:[/] serving without the fast profile: {unavailable}")
    fast = not plain and not unavailable
    env = environment(fast)
    _check_ports(document, env, fast)
    _build_demos(document)
    with Supervisor(document, env, fast=fast) as supervisor:
        if document.proxy_location == "Disabled":
            console.print("no HTTP here (proxy_location: Disabled); `serve-app status` tells when the models are ready")
        else:
            await_ready(document, supervisor, console, dashboard)
        status = supervisor.wait()
    console.print("stopped")
    sys.exit(status)


def _check_ports(document: Document, env: Mapping[str, str], fast: bool) -> None:
    """What is taken would only be told by HAProxy, at the end of a long log."""
    if document.proxy_location == "Disabled":
        return
    _check_port(document.host, document.port, "http_options.port in the config")
    for variable, port in HAPROXY_PORTS.items() if fast else ():
        _check_port("0.0.0.0", int(env.get(variable, port)), f"{variable} in the environment")


def _check_port(host: str, port: int, setting: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"port {port} on {host} is taken ({error.strerror}): stop what listens there, or set {setting}"
            ) from None


def _build_demos(document: Document) -> None:
    """Here, with one progress bar, rather than in every replica at once; a model that sleeps makes its own."""
    awake = [model for model in document.models if model.replicas_at_start]
    names = [source.name for model in awake if (source := locate(model)).kind == "demo"]
    if names:
        built = subprocess.run(
            [sys.executable, "-m", "serve_app.demo", *dict.fromkeys(names)], stdout=subprocess.DEVNULL, check=False
        )
        if built.returncode:
            raise click.ClickException("a demo model could not be built; what went wrong is above")
