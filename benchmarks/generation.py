"""Text generation under load: our server, the bare manager, `transformers serve` and static batches, in one run."""

import math
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import click
import torch
from rich.console import Console

from benchmarks.generators import plots, report
from benchmarks.generators.contenders import CONTENDERS
from benchmarks.generators.measured import Run
from benchmarks.generators.report import TARGET_CLIENTS, Key
from benchmarks.generators.shapes import SHAPES, make
from benchmarks.generators.workload import LENGTHS, Point

WARM = Point("fixed", clients=4, seconds=3.0)


class Plan(NamedTuple):
    """What is measured."""

    models: tuple[str, ...]
    contenders: tuple[str, ...]
    workloads: tuple[str, ...]
    clients: tuple[int, ...]
    seconds: float
    rounds: int
    device: str

    def points(self, turn: int) -> Iterator[Point]:
        """With many clients it takes longer until all of them are served."""
        for workload in self.workloads:
            for clients in self.clients:
                yield Point(workload, clients, self.seconds * math.cbrt(clients / TARGET_CLIENTS), turn)


@click.command()
@click.option("--models", default="gpt2,llama", show_default=True, help=f"Of {', '.join(SHAPES)}.")
@click.option(
    "--contenders", default="bare,serve-app,transformers,static", show_default=True, help=f"Of {', '.join(CONTENDERS)}."
)
@click.option("--workloads", default="mixed,fixed", show_default=True, help="Lengths of the answers.")
@click.option("--clients", default="1,4,16,64", show_default=True, help="How many at a time.")
@click.option(
    "--seconds", default=12.0, show_default=True, help=f"Measured with {TARGET_CLIENTS} clients; others in proportion."
)
@click.option("--rounds", default=1, show_default=True, help="Turns that every contender gets; they count together.")
@click.option("--device", default="cpu", show_default=True, help="Of the models.")
@click.option(
    "--quick", is_flag=True, help="One model, mixed lengths, 4 clients, for a moment: whether it works at all."
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("benchmarks/results/generation.md"), show_default=True
)
def main(
    models: str,
    contenders: str,
    workloads: str,
    clients: str,
    seconds: float,
    rounds: int,
    device: str,
    quick: bool,
    out: Path,
) -> None:
    """Measure every contender at every point, and write a table with plots beside it."""
    plan = Plan(
        _chosen(models, SHAPES),
        _chosen(contenders, CONTENDERS),
        _chosen(workloads, LENGTHS),
        tuple(int(count) for count in clients.split(",")),
        seconds,
        rounds,
        device,
    )
    if quick:
        plan = plan._replace(models=plan.models[:1], workloads=("mixed",), clients=(4,), seconds=8.0)
    console, results = Console(), dict[Key, Run]()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for key, run in _measured(plan, Path(folder), console):
            results[key] = results[key] + run if key in results else run
            out.write_text(report.written(results, _machine(device)))
    plots.draw(results, out)
    console.print(out.read_text(), markup=False, soft_wrap=True)


def _measured(plan: Plan, folder: Path, console: Console) -> Iterator[tuple[Key, Run]]:
    """The contenders take turns model by model: a machine that is shared has slow minutes, which then hit them all."""
    folders = {model: make(model, folder / model) for model in plan.models}
    for turn in range(plan.rounds):
        for model in plan.models:
            for name in plan.contenders:
                with console.status(f"{model}, {CONTENDERS[name].title} …"):
                    for point, run in _at_all_points(plan, folders[model], name, turn):
                        key = Key(model, point.workload, point.clients, name)
                        console.print(*key, f"{run.tokens_per_s:.0f} tokens/s", run.first_fault, markup=False)
                        yield key, run


def _at_all_points(plan: Plan, folder: Path, name: str, turn: int) -> Iterator[tuple[Point, Run]]:
    contender = CONTENDERS[name]
    with contender.started(folder, plan.device) as measure:
        measure(WARM)
        for point in plan.points(turn):
            yield point, measure(point._replace(seconds=point.seconds * contender.longer))


def _chosen(names: str, table: Iterable[str]) -> tuple[str, ...]:
    chosen = tuple(names.split(","))
    if unknown := [name for name in chosen if name not in table]:
        raise click.BadParameter(f"{', '.join(unknown)}: there are {', '.join(table)}")
    return chosen


def _machine(device: str) -> str:
    if device.startswith("cuda"):
        return f"On one {torch.cuda.get_device_name(device)}"
    return f"On {os.cpu_count()} cores"


if __name__ == "__main__":
    main()
