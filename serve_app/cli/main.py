"""The command `serve-app`."""

import click

from serve_app import __version__
from serve_app.cli.download import download
from serve_app.cli.example import example
from serve_app.cli.plan import plan
from serve_app.cli.ray_commands import deploy, show_environment, shutdown, status, token
from serve_app.cli.run import run
from serve_app.cli.tasks import tasks


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="serve-app")
def main() -> None:
    """Serve Hugging Face models from one YAML file, on Ray Serve."""


for command in (run, plan, download, tasks, example, deploy, status, shutdown, token, show_environment):
    main.add_command(command)
