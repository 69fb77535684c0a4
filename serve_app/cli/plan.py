"""`serve-app plan`: what a configuration amounts to, without starting anything."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from serve_app import tasks
from serve_app.cli.capacity import capacity_notes, describe_resources
from serve_app.cli.ports import ports_of
from serve_app.cli.terminal import console
from serve_app.config import document
from serve_app.config.document import Document
from serve_app.config.faults import ConfigFaults
from serve_app.config.schema import Model
from serve_app.models.at_hand import at_hand
from serve_app.models.permissions import granted
from serve_app.models.processors import lack_of
from serve_app.models.sources import locate


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
def plan(config: Path) -> None:
    """Show the graph that CONFIG describes, or everything that is wrong with it."""
    try:
        found = document.read(config)
    except ConfigFaults as faults:
        click.echo(str(faults), err=True)
        sys.exit(1)
    show(found, console())


def show(found: Document, out: Console) -> None:
    """Print the plan of a sound configuration."""
    front = f"application '{found.ingress_application}' answers at {found.url}/"
    out.print(f"{found.source}: {len(found.models)} models; layout: {found.layout}; {front}\n")
    for table in (_graph(found), _weights(found), _ports(found)):
        out.print(table)
    _notes(out, "What to know", [_cors(found), *capacity_notes(found.models)])
    _notes(out, "Warnings", [*found.warnings, *_trusted(found), *_missing_folders(found), *_lacks(found)])


def _graph(found: Document) -> Table:
    table = _table("The graph", "deployment", "task", "engine", "resources", "replicas", "batching", "routes")
    count = found.server.ingress_replicas
    table.add_row("ingress", "", "", "", f"{count} fixed", "", f"{found.route_prefix} and what is below")
    for model in found.models:
        name = model.name
        if found.layout == "one application per model":
            name += f" (application '{found.applications[model.name]}')"
        task = tasks.find(model.hf_task)
        table.add_row(
            name,
            task.name if task else model.hf_task,
            model.engine,
            f"{describe_resources(model)}, on {model.hf_device}",
            _replicas(model),
            _batching(model),
            f"POST {found.route_prefix.rstrip('/')}{model.path}",
        )
    return table


def _replicas(model: Model) -> str:
    scaling = model.autoscaling
    if scaling is None:
        return f"{model.num_replicas or 1} fixed"
    return (
        f"{scaling.min_replicas} to {scaling.max_replicas}, one for {scaling.target_ongoing_requests:g} requests; "
        f"up after {scaling.upscale_delay_s:g} s, down after {scaling.downscale_delay_s:g} s"
    )


def _batching(model: Model) -> str:
    batching = model.batching
    waiting = f", wait {batching.wait_ms:g} ms" if batching.wait_ms else ""
    return f"{batching.max_batch_size} rows, {batching.max_batch_tokens} tokens{waiting}"


def _weights(found: Document) -> Table:
    table = _table("Where the weights come from", "deployment", "from", "which", "revision")
    for model in found.models:
        source = locate(model)
        table.add_row(model.name, source.kind, str(source.name), source.revision or "")
    return table


def _ports(found: Document) -> Table:
    table = _table("The ports that Ray will open", "port", "what", "to whom")
    for port in ports_of(found):
        table.add_row(*port)
    return table


def _cors(found: Document) -> str:
    origins = ", ".join(found.server.allow_origins)
    credentials = ", with credentials" if found.server.allow_credentials else ""
    return (
        f"browsers: pages of {origins} may call{credentials}" if origins else "browsers: no other site may call (CORS)"
    )


def _trusted(found: Document) -> list[str]:
    return [
        f"{model.name}: hf_model_kwargs.{permission.name} is {str(permission.grants).lower()}, so "
        f"{permission.risk.format(model=model.hf_model_name)}: keep it only if you trust its author with this machine, "
        "and pin hf_model_kwargs.revision to a commit that you have read"
        for model in found.models
        for permission in granted(model.hf_model_kwargs)
    ]


def _missing_folders(found: Document) -> list[str]:
    return [
        f"{model.name}: there is no folder {source.name} on this machine"
        for model in found.models
        if (source := locate(model)).kind == "folder" and not Path(source.name).expanduser().is_dir()
    ]


def _lacks(found: Document) -> list[str]:
    """What will keep a model from loading, told by its files where they are at hand."""
    return [
        f"{model.name}: {lack}"
        for model in found.models
        if (task := tasks.find(model.hf_task)) and "processor" in task.reads
        if (folder := at_hand(model)) and (lack := lack_of(folder, model.hf_model_kwargs))
    ]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _notes(out: Console, title: str, notes: list[str]) -> None:
    if notes:
        out.print(f"\n{title}", style="bold")
        for note in notes:
            out.print(f"- {note}", soft_wrap=True)
