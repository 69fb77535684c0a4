"""Ray's own commands with Ray's token in place, so that nobody is left with a 401."""

import os
import sys
from pathlib import Path

import click

from serve_app.cli.profile import ALWAYS, FAST
from serve_app.config.document import read
from serve_app.config.faults import ConfigFaults
from serve_app.precedence import BEHIND

TOKEN = Path.home() / ".ray" / "auth_token"
PASS_ON = {"ignore_unknown_options": True, "help_option_names": []}


@click.command(context_settings=PASS_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def status(arguments: tuple[str, ...]) -> None:
    """`serve status`, with Ray's token."""
    _serve("status", *arguments)


@click.command(context_settings=PASS_ON)
@click.argument("config", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def deploy(config: Path, arguments: tuple[str, ...]) -> None:
    """Check CONFIG, then `serve deploy` it to the cluster at --address, with Ray's token."""
    try:
        document = read(config)
    except ConfigFaults as faults:
        raise click.ClickException(str(faults)) from None
    for warning in document.warnings:
        click.echo(f"warning: {warning}", err=True)
    if document.layout == "krypton":
        raise click.ClickException(
            "a file in the original format is served by `serve-app run`; Ray deploys `applications:`"
        )
    _serve("deploy", str(config), *arguments)


@click.command(context_settings=PASS_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def shutdown(arguments: tuple[str, ...]) -> None:
    """`serve shutdown`, with Ray's token."""
    _serve("shutdown", *arguments)


@click.command()
def token() -> None:
    """Print Ray's token, which the dashboard asks for."""
    if not TOKEN.exists():
        raise click.ClickException(
            f"there is no token at {TOKEN}: none is needed, or no cluster was started by this user"
        )
    click.echo(TOKEN.read_text().strip())


@click.command(name="environment")
def show_environment() -> None:
    """Print the fast profile as lines for the shell that runs `ray start`."""
    for name, value in {**ALWAYS, **FAST}.items():
        click.echo(f"export {name}={value}")
    click.echo(BEHIND)


def _serve(*arguments: str) -> None:
    if "RAY_AUTH_MODE" not in os.environ and TOKEN.exists():
        os.environ["RAY_AUTH_MODE"] = "token"
    os.execv(sys.executable, [sys.executable, "-m", "ray.serve.scripts", *arguments])
