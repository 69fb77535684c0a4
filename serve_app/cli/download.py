"""`serve-app download`: the weights of a configuration on this machine, ahead of serving, and every byte checked."""

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from rich import filesize
from rich.table import Table

from serve_app.cli.terminal import console
from serve_app.cli.transfers import Transfers
from serve_app.config import document
from serve_app.config.faults import ConfigFaults
from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.models.memory import Need
from serve_app.models.sources import locate
from serve_app.models.survey import Survey, survey
from serve_app.models.transfer import Care

COLUMNS = ("model", "from", "revision", "files", "size", "parameters", "dtype", "memory of a replica", "state")
WITHOUT_WEIGHTS = ("stub",)
INTERRUPTED = 130


@click.command()
@click.argument("config", type=click.Path(dir_okay=False, path_type=Path), default="serve_config.yaml")
@click.option(
    "--cache-dir", type=click.Path(file_okay=False), help="The cache, instead of HF_HUB_CACHE or HF_HOME/hub."
)
@click.option("--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Files fetched at once.")
@click.option("--check", is_flag=True, help="Fetch nothing: say whether what is here is complete and right.")
def download(config: Path, cache_dir: str | None, jobs: int, check: bool) -> None:
    """Fetch and check the models of CONFIG, and say what each will need.

    What was broken off goes on where it stopped; what is damaged is fetched again. Ends with 1 if a model is not
    complete and right in the end. Serving finds another cache than the usual one by HF_HUB_CACHE or HF_HOME.
    """
    try:
        models = document.read(config).models
    except ConfigFaults as faults:
        raise click.ClickException(str(faults)) from None
    models = tuple(_placed(model, cache_dir, check) for model in models if model.engine not in WITHOUT_WEIGHTS)
    try:
        results = _surveyed(models, jobs, check)
    except KeyboardInterrupt:
        # Threads that wait for a hub cannot be stopped.
        click.echo("stopped; what has arrived is kept, and the next run goes on from there", err=True)
        os._exit(INTERRUPTED)
    _show(models, results)
    sys.exit(any(isinstance(result, str) for result in results))


def _placed(model: Model, cache_dir: str | None, check: bool) -> Model:
    """The entry with the command's options; its own cache_dir stays what it is."""
    wanted = {"cache_dir": cache_dir} if cache_dir else {}
    kwargs = {**wanted, **model.hf_model_kwargs, **({"local_files_only": True} if check else {})}
    return model.model_copy(update={"hf_model_kwargs": kwargs})


def _surveyed(models: Sequence[Model], jobs: int, check: bool) -> list[Survey | str]:
    """Of each model what it amounts to, or why it is not ready."""
    # Demo models have a display of their own, and need the cores.
    built = {model.name: _one(model, Care(), check) for model in models if locate(model).kind == "demo"}
    others = [model for model in models if model.name not in built]
    # Not left by `with`, which would wait for every file after a Ctrl-C.
    files, pool = ThreadPoolExecutor(jobs), ThreadPoolExecutor(jobs)
    try:
        with Transfers() as transfers:
            care = Care(thorough=True, watch=transfers.show, pool=files)
            found = pool.map(lambda model: _one(model, care, check), others)
            built |= dict(zip((model.name for model in others), found, strict=True))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        files.shutdown(wait=False, cancel_futures=True)
    return [built[model.name] for model in models]


def _one(model: Model, care: Care, check: bool) -> Survey | str:
    from serve_app.demo.cache import folder_of  # noqa: PLC0415 (only where a demo is asked for)

    source = locate(model)
    try:
        if check and source.kind == "demo" and not folder_of(source.name).is_dir():
            return f"demo/{source.name} is not built yet: run this without --check"
        return survey(model, care)
    except ModelCannotLoad as fault:
        return str(fault)
    except Exception as error:
        # One model that nobody foresaw must not take the others with it.
        return f"{type(error).__name__}: {error}"


def _show(models: Sequence[Model], results: Sequence[Survey | str]) -> None:
    out = console()
    table = Table(*COLUMNS)
    for model, result in zip(models, results, strict=True):
        table.add_row(model.name, model.hf_model_name, *_cells(model, result))
    out.print(table)
    for model, result in zip(models, results, strict=True):
        if isinstance(result, str):
            out.print(f"- {model.name}: {result}", soft_wrap=True)


def _cells(model: Model, result: Survey | str) -> tuple[str, ...]:
    if isinstance(result, str):
        return (locate(model).revision, *("",) * 5, "failed")
    need = result.need
    return (
        _short(result.revision),
        str(result.files),
        filesize.decimal(result.bytes),
        "unknown" if need.parameters is None else f"{need.parameters:,}",
        need.dtype,
        _memory(need, model.hf_device),
        "ok",
    )


def _short(revision: str) -> str:
    """A commit by its first digits, as git shows it; a demo by the digits of its recipe."""
    return revision.rpartition("-")[2][:12]


def _memory(need: Need, device: str) -> str:
    weights, runtime = need.weights_bytes, need.runtime_bytes
    if device == "cpu":
        return filesize.decimal(weights + runtime)
    return f"{filesize.decimal(runtime)}, {filesize.decimal(weights)} on {device}"
